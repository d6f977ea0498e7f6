/// Changes what spans say on their way into another store.
package protocol SpanRewriter: AnyObject {
    func rewrite(_ span: inout TraceSpan)

    /// Each distinct resource once, or again after many others.
    func rewrite(_ resource: inout Resource)

    /// Each distinct scope once, or again after many others.
    func rewrite(_ scope: inout Scope)
}
