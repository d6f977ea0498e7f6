import TTAPrimitives
import TraceExport

let exporter = try TraceExporter.bootstrap(store: "runs.db", service: "support-desk")

// Any async function becomes a primitive: a model call, a tool, or plain code.
let classify = LLMCall<String, String>("classify", provider: "acme", model: "acme-mini", captureContent: true) {
    text, _ in
    ModelAnswer("order_status", usage: TokenUsage(prompt: 31, completion: 2), costUSD: 0.00001)
}
let policy = ToolCall<String, String>("search_policy") { topic, _ in "the rules for \(topic)" }
let order = ToolCall<String, String>("find_order") { _, _ in "it left the depot this morning" }
let answer = LLMCall<(String, String), String>("answer", provider: "acme", model: "acme-large") { found, _ in
    ModelAnswer("Your parcel: \(found.1).", usage: TokenUsage(prompt: 420, completion: 11), costUSD: 0.0012)
}

// One after the other with >>>, side by side with |; the compiler checks that they fit.
let lookUp = Cache(policy, name: "policies") | Retry(Timeout(order, after: .seconds(2)))
let desk = (classify >>> lookUp >>> answer).named("order_status")

let context = WorkflowContext(workflowName: "order_status", sessionID: "session-7", playerID: "customer-3")
print(try await desk.execute("Where is my parcel?", in: context))

await exporter.shutdown()
