import JSONText
import TraceModel

/// The scores of a trace and of its observations.
struct LangfuseScores {
    private var all: [(observation: String, name: String, value: JSONReader?, whole: JSONReader)] = []

    /// - Throws: `JSONSyntaxError` for a list that is none, or scores without a name.
    init(_ holder: JSONMembers) throws {
        for element in try holder.elements("scores") {
            var reader = element
            // A list of traces has only their ids.
            guard reader.isObject else { continue }
            let score = try JSONMembers(&reader, name: LangfuseDecoder.camelCase)
            all.append(
                (
                    try score.text("observationId"), try score.text("name"),
                    score["stringValue"] ?? score["value"], element
                ))
        }
    }

    /// Adds those of an observation, or of the trace itself: `langfuse.score.NAME` is the value, and `langfuse.scores`
    /// all that is told of them.
    func add(to attributes: inout AttributeGatherer, observation: String?) throws {
        let own = all.filter { $0.observation == observation ?? "" }
        for score in own { try attributes.read("langfuse.score.\(score.name)", score.value) }
        if own.isEmpty { return }
        var text = JSONWriter()
        try text.array { writer in
            for score in own {
                var reader = score.whole
                writer.write(try reader.value())
            }
        }
        attributes.add("langfuse.scores", .string(text.text))
    }
}
