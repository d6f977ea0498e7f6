/// Changes what spans and log records say on their way into another store.
package protocol SpanRewriter: AnyObject {
    func rewrite(_ span: inout TraceSpan)

    func rewrite(_ record: inout LogRecord)

    /// Each distinct resource once, or again after many others.
    func rewrite(_ resource: inout Resource)

    /// Each distinct scope once, or again after many others.
    func rewrite(_ scope: inout Scope)
}
