/// What an input is, where its user says so instead of its content.
package enum InputFormat: String, Sendable, CaseIterable {
    /// Protobuf or JSON.
    case otlp
    /// An answer of Jaeger's query API, a download of its UI, a trace or a span of these.
    case jaeger
    /// Version 2, JSON.
    case zipkin
    /// The JSON lines of TTA.dev's own files.
    case tta
    /// Traces and observations of its API and exports.
    case langfuse
    /// Runs of its API and exports.
    case langsmith

    /// In the words of messages.
    package var name: String {
        switch self {
        case .otlp: "OTLP"
        case .jaeger: "Jaeger JSON"
        case .zipkin: "Zipkin v2 JSON"
        case .tta: "TTA.dev's JSON lines"
        case .langfuse: "Langfuse's traces or observations"
        case .langsmith: "LangSmith's runs"
        }
    }
}
