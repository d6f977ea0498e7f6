import TraceModel

/// What rollups are kept by: each family counts every span once, or, of connections, every span that one leads to.
///
/// One or two dimensions each: the product of all that people group by would have a row for nearly every span.
package enum RollupFamily: Int64, CaseIterable, Sendable {
    case service = 1
    case primitive, agent, workflow, model, tool, cache, error
    case serviceConnection, primitiveConnection

    package var name: String {
        switch self {
        case .service: "service"
        case .primitive: "primitive"
        case .agent: "agent"
        case .workflow: "workflow"
        case .model: "model"
        case .tool: "tool"
        case .cache: "cache"
        case .error: "error"
        case .serviceConnection: "service connection"
        case .primitiveConnection: "primitive connection"
        }
    }

    package var dimensions: [RollupDimension] {
        switch self {
        case .service: [.column(.service), .column(.name)]
        case .primitive: [.column(.field(.primitiveName)), .column(.field(.primitiveType))]
        case .agent: [.column(.field(.agentType)), .column(.field(.agentName))]
        case .workflow: [.column(.field(.workflowName))]
        case .model: [.column(.field(.provider)), .column(.field(.model))]
        case .tool: [.column(.field(.tool))]
        case .cache: [.column(.field(.cacheType))]
        case .error: [.status, .column(.field(.executionStatus)), .column(.field(.errorType))]
        case .serviceConnection, .primitiveConnection: [.source, .target, .connectionType]
        }
    }

    /// Those whose dimensions an operation tells.
    static let ofOperations = allCases.filter { !$0.dimensions.contains(.source) }
}

package enum RollupDimension: Hashable, Sendable {
    case column(OperationFieldValues.Column)
    case status
    /// Of a connection; all three are `nil` for spans whose parent the file does not have.
    case source, target, connectionType

    package var name: String {
        switch self {
        case .column(let column): column.name
        case .status: "status"
        case .source: "source"
        case .target: "target"
        case .connectionType: "connection_type"
        }
    }
}

/// What the spans of a group have in common: the values of a family's dimensions.
package typealias RollupKey = [String?]

extension Operation {
    /// - Precondition: It is a family of operations.
    func key(_ family: RollupFamily) -> RollupKey {
        family.dimensions.map { dimension in
            switch dimension {
            case .column(.service): service
            case .column(.name): name
            case .column(.field(let field)): self[field]
            case .status: StatusCode.name(statusCode)
            case .source, .target, .connectionType: preconditionFailure("connections are not of one operation")
            }
        }
    }
}

/// Whole hours since 1970.
package enum RollupHour {
    package static let nanos: UInt64 = 3_600_000_000_000
    /// Above every hour.
    package static let end = UInt64.max / nanos + 1

    package static func containing(_ nanos: UInt64) -> UInt64 { nanos / Self.nanos }
}

/// Sums over the spans of one group that start in one hour.
package struct RollupSums: Hashable, Sendable {
    package internal(set) var spans = 0
    package internal(set) var errors = 0
    /// Finished spans that do not end before they start, and the errors among them.
    package internal(set) var timedSpans = 0
    package internal(set) var timedErrors = 0
    /// Of the timed spans, as is the rest about durations.
    package internal(set) var nanos: Int128 = 0
    /// From the shortest to the longest; `nil` when there is none. It may be wider than that after spans were taken away.
    package internal(set) var range: ClosedRange<UInt64>?
    package internal(set) var sketch = DurationSketch()
    /// When the first and the last error started, with the same proviso.
    package internal(set) var errorStarts: ClosedRange<UInt64>?
    package var usage = UsageTotals()
    package var cache = CacheTotals()

    package init() {}

    mutating func addError(startNanos: UInt64, isTimed: Bool) {
        errors += 1
        if isTimed { timedErrors += 1 }
        errorStarts = ClosedRange<UInt64>.union(errorStarts, startNanos...startNanos)
    }

    package static func += (left: inout RollupSums, right: RollupSums) {
        left.add(right, 1)
        left.sketch += right.sketch
        left.range = ClosedRange<UInt64>.union(left.range, right.range)
        left.errorStarts = ClosedRange<UInt64>.union(left.errorStarts, right.errorStarts)
        left.usage += right.usage
        left.cache += right.cache
    }

    /// Takes spans away that were added before.
    static func -= (left: inout RollupSums, right: RollupSums) {
        left.add(right, -1)
        left.sketch -= right.sketch
        if left.timedSpans == 0 { left.range = nil }
        if left.errors == 0 { left.errorStarts = nil }
        left.usage -= right.usage
        left.cache -= right.cache
    }

    private mutating func add(_ other: RollupSums, _ sign: Int) {
        spans += sign * other.spans
        errors += sign * other.errors
        timedSpans += sign * other.timedSpans
        timedErrors += sign * other.timedErrors
        nanos += Int128(sign) * other.nanos
    }
}

/// Sums over look-ups in caches.
package struct CacheTotals: Hashable, Sendable {
    package internal(set) var hits = 0
    package internal(set) var lookups = 0
    package internal(set) var savingsUSD = 0.0

    package init() {}

    package mutating func add(isHit: Bool, savingsUSD: Double) {
        hits += isHit ? 1 : 0
        lookups += 1
        self.savingsUSD += savingsUSD
    }

    package static func += (left: inout CacheTotals, right: CacheTotals) { left.add(right, 1) }

    package static func + (left: CacheTotals, right: CacheTotals) -> CacheTotals {
        var sum = left
        sum += right
        return sum
    }

    static func -= (left: inout CacheTotals, right: CacheTotals) { left.add(right, -1) }

    private mutating func add(_ other: CacheTotals, _ sign: Int) {
        hits += sign * other.hits
        lookups += sign * other.lookups
        savingsUSD += Double(sign) * other.savingsUSD
    }
}
