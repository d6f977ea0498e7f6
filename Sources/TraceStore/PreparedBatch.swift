import TraceModel

/// Spans in the shape of their rows: all work that needs no database, so that another thread than the writer's can do
/// it. Made by a ``SpanPreparer``; a writer must get all batches of one preparer, in order.
package struct PreparedBatch: Sendable {
    /// Of the preparer: indexes mean the same in all its batches.
    let preparer: UInt64
    /// Which definitions are numbered from 0 again.
    var restarts = (sources: false, operations: false, contexts: false, layouts: false)
    /// Definitions that are new since the last batch, numbered on from it.
    var sources: [SourceDefinition] = []
    var operations: [OperationDefinition] = []
    var contexts: [ContextDefinition] = []
    var layouts: [LayoutDefinition] = []
    var demotedFields: [String] = []

    var spans: [PreparedSpan] = []
    /// The traces of this batch's spans.
    var traces: [TraceID] = []
    var numbers: [PreparedNumber] = []
    /// Inline values and extras.
    var text: [UInt8] = []
    /// Long texts, cut.
    var contents: [PreparedContent] = []
    var pieces: [PreparedPiece] = []
    var pieceBytes: [UInt8] = []

    package var spanCount: Int { spans.count }

    /// About what it holds in memory.
    package var byteCount: Int {
        text.count + pieceBytes.count + spans.count * MemoryLayout<PreparedSpan>.stride
    }
}

struct PreparedSpan: Sendable {
    /// Of the batch's traces.
    var trace: Int32 = 0
    /// Of the preparer's definitions.
    var operation: Int32 = 0
    var context: Int32 = 0
    var layout: Int32 = 0
    var source: Int32 = 0
    var spanID: UInt64 = 0
    /// As sent: `nil` when absent, 0 when sent as zero bytes.
    var parentSpanID: UInt64?
    var startNanos: UInt64 = 0
    /// 0 while unfinished.
    var endNanos: UInt64 = 0
    /// Of the batch's text; empty when there are none.
    var inlineValues = 0..<0
    var extras = 0..<0
    /// Of the batch's numbers and contents.
    var numbers = 0..<0
    var contents = 0..<0
}

/// A number that is summed: the double's bits for fields of real numbers, else the integer's.
struct PreparedNumber: Sendable {
    let field: NumberField
    let bits: UInt64
}

/// A long text of one span: the list of its pieces belongs at `place` of the batch's text.
struct PreparedContent: Sendable {
    let place: Int
    /// Of the batch's pieces.
    let pieces: Range<Int>
}

struct PreparedPiece: Sendable {
    let hash: UInt64
    /// Of the batch's piece bytes.
    let bytes: Range<Int>
}

struct SourceDefinition: Hashable, Sendable {
    let resource: Resource
    let scope: Scope
}

/// The tuple that makes an operation distinct.
struct OperationDefinition: Sendable {
    let service: String?
    let name: String
    let kind: Int32
    let statusCode: Int32
    /// By ``OperationField/index``.
    let fields: [String?]
    let usageRole: UsageRole?

    /// A JSON array: the same text for the same tuple, and for no other.
    var identity: String {
        identityText([service, name, String(kind), String(statusCode)] + fields + [usageRole?.rawValue])
    }
}

struct ContextDefinition: Sendable {
    /// By ``ContextField/index``.
    let fields: [String?]
}
