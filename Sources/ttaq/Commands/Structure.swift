import ArgumentParser
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct CriticalPathCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "critical-path",
        abstract: "What runs waited for: where their time could be saved.",
        usage: "ttaq critical-path [--by FIELDS] [--edges] [OPTIONS]",
        discussion: """
            From the end of each run back: of what had ended by then the last was waited for, and so on down. 'critical' is \
            the time in which runs waited for a group itself, of all of its spans; it adds up to the duration of all runs. \
            'self' is time without children, waited for or not; 'total' is with them. Spans without the fields count for \
            what they are in. --edges says from where the path came.

            Example: ttaq critical-path --by primitive.name --where 'workflow.name = refund_request'
            """)

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, any attribute; several with commas.",
            discussion: "Default: primitive.name where a span has one, else name.", valueName: "fields"))
    var by: FieldList?

    @Flag(help: "From group to group, with all that was waited for below.")
    var edges = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let fields = try by?.fields(in: snapshot) ?? [snapshot.usualGroup()]
            let path = try CriticalPath(by: fields, window: window, where: filter, in: snapshot)
            return Answer(
                table: edges ? path.edgeTable : path.table,
                notes: [HumanText.plural(path.runs, "run")]
                    + (path.runsWithoutEnd == 0
                        ? [] : ["left out: \(HumanText.plural(path.runsWithoutEnd, "run")) without a finished root"]))
        }
    }
}
