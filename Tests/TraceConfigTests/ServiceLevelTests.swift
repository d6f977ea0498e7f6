import Foundation
import TestSupport
import Testing
import TraceConfig
import TraceQL

private func levels(_ text: String) throws -> [ServiceLevel] { try ServiceLevel.parse(text, file: "slo.yaml") }

private func failure(_ text: String) -> ConfigError? {
    do {
        _ = try levels(text)
        return nil
    } catch {
        return error as? ConfigError
    }
}

@Suite struct OwnObjectives {
    @Test func areReadWithAllTheirKeys() throws {
        let level = try #require(
            try levels(
                """
                slos:
                  - name: chat
                    description: What users wait for.
                    where: ['kind = server', 'duration < 1h && status != error']
                    roots: true
                    by: workflow.name, agent.name
                    target: 99.5%
                    threshold: 2s
                    window: 4w
                """
            ).first)
        #expect(level.name == "chat" && level.rootsOnly && level.by == ["workflow.name", "agent.name"])
        #expect(level.target == 0.995 && level.windowNanos == 28 * 86_400 * 1_000_000_000)
        let written = try [
            SpanQuery(parsing: "kind = server"), SpanQuery(parsing: "duration < 1h && status != error"),
        ]
        #expect(level.conditions == written)
        guard case .succeeding(withinNanos: 2_000_000_000) = level.good else {
            Issue.record("a threshold of two seconds")
            return
        }
    }

    @Test func needOnlyANameAndATarget() throws {
        let level = try #require(try levels("slos: [{name: a, target: 0.9}]").first)
        #expect(level.conditions.isEmpty && level.by.isEmpty && !level.rootsOnly && level.windowNanos == nil)
        guard case .succeeding(withinNanos: nil) = level.good else {
            Issue.record("no threshold")
            return
        }
    }

    /// What is wrong, its line, column and path, and what was found.
    @Test(
        arguments: [
            ("slos:\n  - name: a\n    target: 2", 3, 13, "slos[0].target", "'2'", nil),
            ("slos:\n  - name: a\n    target: 99", 3, 13, "slos[0].target", "'99'", nil),
            ("slos:\n  - name: a\n    target:", 3, 12, "slos[0].target", "nothing", nil),
            ("slos:\n  - name: a", 2, 5, "slos[0]", "none", nil),
            ("slos:\n  - name: a\n    tresold: 2s\n    target: 1", 3, 5, "slos[0]", "'tresold'", "threshold"),
            ("slos:\n  - name: a\n    target: 1\n    threshold: [2s]", 4, 16, "slos[0].threshold", "a list", nil),
            (
                "slos:\n  - name: a\n    target: 1\n    threshold: 2 furlongs", 4, 16, "slos[0].threshold",
                "'2 furlongs'", nil
            ),
            ("slos:\n  - name: a\n    target: 1\n    window: 1M", 4, 13, "slos[0].window", "'1M'", nil),
            ("slos:\n  - name: a\n    target: 1\n    window: 0s", 4, 13, "slos[0].window", "'0s'", nil),
            ("slos:\n  - name: a\n    target: 1\n    roots: yes", 4, 12, "slos[0].roots", "'yes'", nil),
            ("slos:\n  - name: a\n    target: 1\n    by: a,,b", 4, 9, "slos[0].by", "'a,,b'", nil),
            ("slos: 5", 1, 7, "slos", "'5'", nil),
            ("slo: []", 1, 1, "", "'slo'", "slos"),
            ("- a", 1, 1, "", "a list", nil),
            ("slos: []", 0, 0, "", "none", nil),
            ("", 0, 0, "", "none", nil),
            ("slos:\n  - {name: a, target: 1}\n  - {name: a, target: 1}", 3, 5, "slos[1]", "'a' again", nil),
            ("slos:\n  - name: a\n    name: b\n    target: 1", 2, 5, "", "'name' again", nil),
            ("apiVersion: openslo/v2\nkind: SLO", 1, 13, "apiVersion", "'openslo/v2'", nil),
            ("apiVersion: openslo/v1\nkind: SLOO", 2, 7, "kind", "'SLOO'", "SLO"),
        ] as [(String, Int, Int, String, String, String?)])
    func areRefusedWithThePlace(
        _ text: String, _ line: Int, _ column: Int, _ path: String, _ found: String, _ nearest: String?
    ) throws {
        let error = try #require(failure(text))
        #expect(error.place.line == line && error.place.path == path, "\(error)")
        #expect(error.found == found && error.nearest == nearest, "\(error)")
        if path != "" || line == 0 { #expect(error.place.column == column, "\(error)") }
    }

    @Test func conditionsAreCheckedWhereTheyStand() throws {
        let error = try #require(failure("slos:\n  - name: a\n    target: 1\n    where: 'status = = error'"))
        #expect(error.place.line == 4 && error.place.path == "slos[0].where")
        #expect(error.expected.contains("at its character 10"), "\(error)")
    }
}

@Suite struct HostileYAML {
    /// Each alias would hold ten of the one before.
    @Test func aliasesThatGrowAreRefused() throws {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...30 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }
        let error = try #require(failure(text))
        #expect(error.found == "an anchor" && error.place.line == 1 && error.place.column == 5)
        #expect(failure("? [&a [x]]\n: 1")?.found == "an anchor")
        #expect(failure("- *a")?.found.contains("undefined alias") == true)
        // These are no anchors.
        #expect(
            try levels("# R&D, a && b, \"x&&y\"\nslos: [{name: R&D, target: 1, where: 'name=a&&name=b'}]").count == 1)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "]) func nestingIsBounded(_ piece: String) throws {
        #expect(failure(String(repeating: piece, count: 20_000)) != nil)
    }

    @Test(arguments: ["slos: [", "slos: \"", "\t- a", "slos: {a: b", "%YAML 9.9\n---\nslos: []", "\u{0}"])
    func whatIsNoYAMLIsNamed(_ text: String) throws {
        let error = try #require(failure(text))
        #expect(error.place.file == "slo.yaml")
    }

    @Test func filesAreBounded() throws {
        let folder = try TemporaryFolder()
        let big = try folder.write([UInt8](repeating: 0x20, count: 300_000), to: "big.yaml")
        let wrong = try folder.write([0x61, 0xFF], to: "wrong.yaml")
        for (path, found) in [
            (big, "more than 256 KiB"), (wrong, "bytes that are no UTF-8"), (folder.path("no"), "no file of that name"),
            (folder.path(""), "a folder"), ("/dev/zero", "more than 256 KiB"),
        ] {
            #expect {
                _ = try ServiceLevel.read(path)
            } throws: { error in
                (error as? ConfigError)?.found == found
            }
        }
    }
}

@Suite struct OpenSLODocuments {
    private static let latency = """
        apiVersion: openslo/v1
        kind: SLO
        metadata: {name: latency, displayName: Latency}
        spec:
          service: desk
          indicatorRef: slow-calls
          timeWindow: [{duration: 28d, isRolling: true}]
          budgetingMethod: Occurrences
          objectives: [{op: lte, value: 2s, targetPercent: 95}]
        ---
        apiVersion: openslo/v1
        kind: SLI
        metadata: {name: slow-calls}
        spec:
          thresholdMetric:
            metricSource: {type: ttaq, spec: {where: 'kind = client', roots: false, of: duration}}
        ---
        apiVersion: openslo/v1
        kind: Service
        metadata: {name: desk}
        spec: {}
        """

    private static let ratio = """
        apiVersion: openslo/v1
        kind: SLO
        metadata: {name: replies}
        spec:
          indicator:
            metadata: {name: good-replies}
            spec:
              ratioMetric:
                counter: true
                bad: {metricSource: {type: ttaq, spec: {where: status = error}}}
                total: {metricSource: {type: ttaq, spec: {roots: true}}}
          budgetingMethod: Occurrences
          objectives:
            - {displayName: usual, target: 0.9}
            - {target: 0.99}
        """

    @Test func referToIndicatorsInTheSameStream() throws {
        let level = try #require(try levels(Self.latency).first)
        #expect(level.name == "latency" && level.target == 0.95 && level.windowNanos == 28 * 86_400 * 1_000_000_000)
        let written = try ["kind = client", "duration != nil"].map { try SpanQuery(parsing: $0) }
        #expect(level.conditions == written)
        guard case .meeting(let good) = level.good else {
            Issue.record("a threshold")
            return
        }
        #expect(good == [try SpanQuery(parsing: "duration <= 2000000000ns")])
    }

    @Test func makeAnObjectiveOfEach() throws {
        let levels = try levels(Self.ratio)
        #expect(levels.map(\.name) == ["replies/usual", "replies/2"])
        #expect(levels.map(\.target) == [0.9, 0.99])
        let roots = levels.allSatisfy { $0.rootsOnly }
        #expect(roots)
        guard case .failing(let bad) = levels[0].good else {
            Issue.record("a ratio of bad spans")
            return
        }
        #expect(bad == [try SpanQuery(parsing: "status = error")])
    }

    @Test(
        arguments: [
            ("isRolling: true", "isRolling: false", "spec.timeWindow[0].isRolling", "rolling"),
            ("isRolling: true", "calendar: {startTime: x}", "spec.timeWindow[0].calendar", "rolling"),
            ("Occurrences", "Timeslices", "spec.budgetingMethod", "Occurrences"),
            ("28d", "1Q", "spec.timeWindow[0].duration", "28d or 4w"),
            ("op: lte", "op: less", "spec.objectives[0].op", "lte, gte, lt or gt"),
            ("targetPercent: 95", "targetPercent: 100", "spec.objectives[0].targetPercent", "below 100"),
            ("targetPercent: 95", "target: 1", "spec.objectives[0].target", "below 1"),
            ("targetPercent: 95", "targetPercent: 95, target: 0.95", "spec.objectives[0].target", "either"),
            (
                "targetPercent: 95", "targetPercent: 95, timeSliceTarget: 1", "spec.objectives[0].timeSliceTarget",
                "slices"
            ),
            ("indicatorRef: slow-calls", "indicatorRef: slow-cals", "spec.indicatorRef", "SLI"),
            ("type: ttaq", "type: Prometheus", "spec.thresholdMetric.metricSource.type", "ttaq"),
            ("of: duration", "of: 'a || b'", "spec.thresholdMetric.metricSource.spec.of", "a number"),
            ("value: 2s", "value: soon", "spec.objectives[0].value", "milliseconds"),
            ("of: duration", "off: duration", "spec.thresholdMetric.metricSource.spec", "where, roots, of"),
        ])
    func areRefusedByTheirPath(_ part: String, _ change: String, _ path: String, _ expected: String) throws {
        let error = try #require(failure(Self.latency.replacingOccurrences(of: part, with: change)))
        #expect(error.place.path == path && error.expected.contains(expected), "\(error)")
    }

    @Test func readyMadeRatiosAreRefused() throws {
        let raw = Self.ratio.replacingOccurrences(of: "bad:", with: "raw:")
        #expect(try #require(failure(raw)).place.path == "spec.indicator.spec.ratioMetric.raw")
        let both = Self.ratio.replacingOccurrences(of: "counter: true", with: "good: {}")
        #expect(try #require(failure(both)).expected == "either good or bad")
    }
}
