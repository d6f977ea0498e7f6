import ArgumentParser
import TraceConfig
import TraceModel
import TraceQL
import TraceQuery
import TraceReport

/// Which objectives are asked for: those of a file, or one of these options.
struct ObjectiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A file of objectives, instead of the options below.", valueName: "file"),
        completion: .file())
    var config: String?

    @Flag(help: "Exit with 3 when an objective is breached; with replay, when an alert fired.")
    var check = false

    @Option(help: ArgumentHelp("The share that must be good: 0.99 or 99%.", valueName: "share"))
    var target: Share?

    @Option(
        help: ArgumentHelp("The longest a good span may take: 500ms, 2s. Default: any time.", valueName: "duration"))
    var threshold: Length?

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, kind, status, any attribute; several with commas. Spans without it don't count.",
            valueName: "fields"))
    var by: FieldList?

    @Flag(help: "Count runs: only spans without a parent.")
    var roots = false

    func validate() throws {
        if config != nil, target != nil || threshold != nil || by != nil || roots {
            throw ValidationError(
                "--config: the file says target, threshold, by, roots and where; leave these options out")
        }
    }

    /// That of the options. Not asked for while arguments are read, because those of a subcommand's are read as its command's first.
    var objective: Compliance.Objective {
        get throws {
            guard let target else { throw ValidationError("expected --target SHARE, or --config FILE") }
            return Compliance.Objective(target: target.value, thresholdNanos: threshold?.nanos)
        }
    }

    /// - Parameter spans: Whose conditions say what counts where no file does.
    /// - Throws: ``ConfigError``, and `ValidationError` where the file and the options say different things.
    func levels(_ spans: SpanOptions) throws -> [ServiceLevel] {
        if let config {
            if !spans.conditions.isEmpty { throw ValidationError("--config: the file says where; leave out --where") }
            return try ServiceLevel.read(config)
        }
        let objective = try objective
        let level = ServiceLevel(
            name: objective.name,
            where: try spans.conditions.map { try SpanQuery($0, of: "--where") }, rootsOnly: roots,
            by: by?.names ?? [], good: .succeeding(withinNanos: objective.thresholdNanos), target: objective.target)
        return [level]
    }

    struct Share: ExpressibleByArgument {
        let value: Double

        init?(argument: String) {
            let isPercent = argument.hasSuffix("%")
            guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
            value = isPercent ? number / 100 : number
            if !(0...1).contains(value) { return nil }
        }
    }

    struct Length: ExpressibleByArgument {
        let nanos: UInt64

        init?(argument: String) {
            guard let nanos = DurationText.parse(argument) else { return nil }
            self.nanos = nanos
        }
    }
}
