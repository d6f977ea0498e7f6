import TraceModel
import TraceStore

/// The spread of any number of groups of spans: tokens, cost, time to the first token. All of it is exact.
package struct NumberPercentiles: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        /// Spans that have the number.
        package let count: Int
        package let errors: Int
        package let min: Double
        package let mean: Double
        /// In the order of ``NumberPercentiles/quantiles``.
        package let quantiles: [Double]
        package let max: Double
        /// Of all its numbers; `nil` unless asked for.
        package let histogram: Histogram?
    }

    package let of: FieldName
    package let by: [FieldName]
    /// From 0 through 1.
    package let quantiles: [Double]
    /// Greatest sum first.
    package let rows: [Row]
    /// Spans of the window that have the number and none of the `by` fields.
    package let spansWithoutGroup: Int
    /// Spans of the window that lack the number.
    package let spansWithoutNumber: Int
    /// Spans of the window whose value is no finite number.
    package let spansWithOtherValue: Int

    /// - Parameters:
    ///   - of: Values that are text count when the text is a number.
    ///   - by: `nil` for `primitive.name` where any span that has the number has one, else the span's name.
    ///   - withHistograms: Whether to count buckets too.
    package init(
        of field: FieldName, by: [FieldName]?, quantiles: [Double] = Percentiles.standardQuantiles,
        withHistograms: Bool = false, window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        let values = try SpanValues(field, in: snapshot)
        let fields = try by ?? [FieldName(.primitiveName, in: snapshot)]
        let groups = try GroupedNumbers(fields, values, window, filter, snapshot)
        if by == nil, groups.numbers.isEmpty, groups.withoutGroup > 0 {
            let names = [try FieldName("name", in: snapshot)]
            let named = try GroupedNumbers(names, values, window, filter, snapshot)
            self.init(of: field, names, quantiles, withHistograms, named)
        } else {
            self.init(of: field, fields, quantiles, withHistograms, groups)
        }
    }

    private init(
        of field: FieldName, _ by: [FieldName], _ quantiles: [Double], _ withHistograms: Bool,
        _ groups: GroupedNumbers
    ) {
        of = field
        self.by = by
        self.quantiles = quantiles
        spansWithoutGroup = groups.withoutGroup
        spansWithoutNumber = groups.withoutNumber
        spansWithOtherValue = groups.withOtherValue
        let made = Parallel.map(Array(groups.numbers)) { number, group in
            let sorted = group.numbers.sorted()
            return Row(
                group: groups.keys[Int(number)], count: sorted.count, errors: group.errors, min: sorted[0],
                mean: sorted.reduce(0, +) / Double(sorted.count),
                quantiles: Quantile.linear(quantiles, ofSorted: sorted), max: sorted[sorted.count - 1],
                histogram: withHistograms ? Histogram(sorted) : nil)
        }
        rows = made.compactMap { result in
            if case .success(let row) = result { row } else { nil }
        }.sorted {
            let (a, b) = ($0.mean * Double($0.count), $1.mean * Double($1.count))
            return a == b ? isOrdered($0.group, before: $1.group) : a > b
        }
    }
}

/// The numbers of the spans of a window, by group.
private struct GroupedNumbers {
    struct Group: Sendable {
        var numbers: [Double] = []
        var errors = 0
    }

    private(set) var keys: [GroupKey] = []
    /// By a group's number; none is empty.
    private(set) var numbers: [Int32: Group] = [:]
    private(set) var withoutGroup = 0
    private(set) var withoutNumber = 0
    private(set) var withOtherValue = 0

    init(
        _ by: [FieldName], _ values: SpanValues, _ window: TimeWindow, _ filter: SpanFilter?, _ snapshot: StoreSnapshot
    ) throws {
        var groups = Groups(by, keepsEmpty: false, in: snapshot)
        let isErrorOf = try snapshot.operations.isError()
        try snapshot.mapBlocks(SpanCoverage(window), where: filter?.selection, reading: []) { block, selection in
            (groups: try groups.membership(block, selection), values: try values.read(block, selection))
        } transform: { block, selection, prepared in
            let isError = try block.operations().map { isErrorOf[$0] }
            let codes = try block.operationCodes()
            var part = (found: [Int32: Group](), withoutGroup: 0, withoutNumber: 0, others: prepared.values.others)
            for (place, group) in try prepared.groups.numbers(block, selection).enumerated()
            where group != Groups.unselected {
                let number = prepared.values.numbers[place]
                if number.isNaN {
                    part.withoutNumber += 1
                } else if group == Groups.none {
                    part.withoutGroup += 1
                } else {
                    part.found[group, default: Group()].numbers.append(number)
                    if isError[Int(codes[place])] { part.found[group]?.errors += 1 }
                }
            }
            part.withoutNumber -= part.others
            return part
        } _: { part in
            for (group, more) in part.found {
                numbers[group, default: Group()].numbers += more.numbers
                numbers[group]?.errors += more.errors
            }
            withoutGroup += part.withoutGroup
            withoutNumber += part.withoutNumber
            withOtherValue += part.others
        }
        keys = groups.keys
    }
}
