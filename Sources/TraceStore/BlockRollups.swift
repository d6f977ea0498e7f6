import TraceModel

/// Adds up what a block's spans are worth to the rollups.
final class BlockRollups {
    private let groups: RollupGroups
    private let operationOf: (Int64) throws -> Operation
    /// The places of operations in the names below.
    private var places: [Int64: Int] = [:]
    private var services = NodeNames.Names()
    private var primitives = NodeNames.Names()
    private var steps = NodeNames.Names()
    private var branches = NodeNames.Names()

    init(_ groups: RollupGroups, operationOf: @escaping (Int64) throws -> Operation) {
        self.groups = groups
        self.operationOf = operationOf
    }

    func forget() {
        groups.forget()
        places = [:]
        (services, primitives, steps, branches) = (.init(), .init(), .init(), .init())
    }

    /// - Parameter selection: The spans that count, `nil` for all.
    func sums(_ block: Block, _ selection: [Bool]?) throws -> [(id: RollupID, sums: RollupSums)] {
        let spans = try BlockSpans(block, operationOf)
        let codes = try block.operationCodes()
        let operations = try block.operationIDs().map(operationOf)
        var sums: [(id: RollupID, sums: RollupSums)] = []
        let numbersOfCode = try operations.map { try groups.numbers($0) }
        for (index, family) in RollupFamily.ofOperations.enumerated() {
            let numberOfCode = numbersOfCode.map { $0[index] }
            var numbers = codes.map { numberOfCode[Int($0)] }
            if let selection {
                for place in numbers.indices where !selection[place] { numbers[place] = -1 }
            }
            sums += spans.sums(family, numbers, withTotals: true)
        }
        let places = operations.map(place)
        for family in [RollupFamily.serviceConnection, .primitiveConnection] {
            let names =
                family == .serviceConnection
                ? NodeNames(nodes: services) : NodeNames(nodes: primitives, steps: (steps, branches))
            let connections = try BlockConnections(block, selection, operations: places, names)
            let numbers = try connections.keys.map {
                Int32(try groups.number(family, [$0.source, $0.target, $0.type.rawValue]))
            }
            for membership in connections.membership {
                sums += spans.sums(family, membership.map { $0 < 0 ? -1 : numbers[Int($0)] }, withTotals: false)
            }
            if connections.missingParents.isEmpty { continue }
            let number = Int32(try groups.number(family, [nil, nil, nil]))
            var orphans = [Int32](repeating: -1, count: codes.count)
            for place in connections.missingParents { orphans[place] = number }
            sums += spans.sums(family, orphans, withTotals: false)
        }
        return sums.sorted { $0.id < $1.id }
    }

    private func place(_ operation: Operation) -> Int {
        if let known = places[operation.id] { return known }
        let place = places.count
        places[operation.id] = place
        services.append(operation.service)
        primitives.append(operation[.primitiveName])
        steps.append(operation[.stepName] ?? operation[.primitiveName])
        branches.append(operation[.branchName] ?? operation[.primitiveName])
        return place
    }
}

/// What rollups add up of the spans of one block.
private struct BlockSpans {
    private let firstHour: UInt64
    /// By span: hours since the first.
    private let hours: [UInt32]
    private let durations: [UInt64]
    /// By span: the slot of its duration, ``untimed`` without one.
    private let slots: [UInt16]
    private let starts: [UInt64]
    private let isError: [Bool]
    private let calls: [Int]
    private let usage: BlockUsage
    private let lookups: [(place: Int, isHit: Bool, savingsUSD: Double)]

    private static let mostDenseKeys = 1 << 20
    private static let untimed = UInt16.max

    init(_ block: Block, _ operationOf: (Int64) throws -> Operation) throws {
        starts = try block.startNanos()
        guard starts.allSatisfy(block.starts.contains) else { throw WrongColumnType(column: Int(BlockColumn.starts)) }
        durations = try block.durationNanos()
        let firstHour = RollupHour.containing(block.starts.lowerBound)
        self.firstHour = firstHour
        hours = starts.map { UInt32(RollupHour.containing($0) &- firstHour) }
        var slots = durations.map { UInt16(DurationSketch.slot(of: $0)) }
        for (place, _) in try block.irregular() { slots[place] = Self.untimed }
        self.slots = slots
        let isErrorOfCode = try block.operationIDs().map { try operationOf($0).isError }
        isError = try block.operationCodes().map { isErrorOfCode[Int($0)] }
        calls = try block.countedCalls()
        usage = try BlockUsage(block)
        let savings = try block.values(.cacheSavings)
        let hits = try block.numbers(.cacheHit)
        lookups = zip(hits.places, hits.bits).map { ($0, $1 != 0, savings.real($0) ?? 0) }
    }

    /// - Parameters:
    ///   - groups: By span: the number of its group, below 0 for none.
    ///   - withTotals: Whether tokens and look-ups count too.
    func sums(_ family: RollupFamily, _ groups: [Int32], withTotals: Bool) -> [(id: RollupID, sums: RollupSums)] {
        let (sumOf, keys) = number(groups)
        var sums = [RollupSums](repeating: RollupSums(), count: keys.count)
        // Sorted by sum, so that one histogram at a time is filled.
        var ends = [Int](repeating: 0, count: keys.count + 1)
        for sum in sumOf where sum >= 0 { ends[Int(sum) + 1] += 1 }
        for sum in keys.indices { ends[sum + 1] += ends[sum] }
        let firsts = ends
        var order = [Int32](repeating: 0, count: ends[keys.count])
        for (place, sum) in sumOf.enumerated() where sum >= 0 {
            order[ends[Int(sum)]] = Int32(place)
            ends[Int(sum)] += 1
        }
        var histogram = [Int](repeating: 0, count: DurationSketch.slotCount)
        for sum in keys.indices { add(order[firsts[sum]..<firsts[sum + 1]], to: &sums[sum], &histogram) }
        if withTotals {
            for call in calls where sumOf[call] >= 0 { sums[Int(sumOf[call])].usage.add(usage, call) }
            for lookup in lookups where sumOf[lookup.place] >= 0 {
                sums[Int(sumOf[lookup.place])].cache.add(isHit: lookup.isHit, savingsUSD: lookup.savingsUSD)
            }
        }
        return zip(keys, sums).map { key, sums in
            (RollupID(family, hour: firstHour + UInt64(key.hour), group: Int(key.group)), sums)
        }
    }

    /// - Parameter histogram: Zeros, which it is again afterwards.
    private func add(_ places: ArraySlice<Int32>, to sums: inout RollupSums, _ histogram: inout [Int]) {
        var (timed, nanos, least, most) = (0, Int128(0), UInt64.max, UInt64.min)
        for place in places {
            let place = Int(place)
            let isTimed = slots[place] != Self.untimed
            if isTimed {
                let duration = durations[place]
                timed += 1
                nanos += Int128(duration)
                least = min(least, duration)
                most = max(most, duration)
                histogram[Int(slots[place])] += 1
            }
            if isError[place] { sums.addError(startNanos: starts[place], isTimed: isTimed) }
        }
        sums.spans += places.count
        if timed == 0 { return }
        sums.timedSpans += timed
        sums.nanos += nanos
        sums.range = least...most
        let (first, last) = (DurationSketch.slot(of: least), DurationSketch.slot(of: most))
        sums.sketch = DurationSketch(firstSlot: first, counts: histogram[first...last])
        for slot in first...last { histogram[slot] = 0 }
    }

    private struct Key: Hashable {
        let hour: UInt32
        let group: Int32
    }

    /// A number for each pair of hour and group that occurs.
    ///
    /// - Returns: By span the number of its pair, -1 for none; and the pairs.
    private func number(_ groups: [Int32]) -> (of: [Int32], keys: [Key]) {
        var keys: [Key] = []
        var of = [Int32](repeating: -1, count: groups.count)
        let (hourCount, groupCount) = (Int(hours.max() ?? 0) + 1, Int(max(-1, groups.max() ?? -1)) + 1)
        if hourCount * groupCount <= Self.mostDenseKeys {
            var numbers = [Int32](repeating: -1, count: hourCount * groupCount)
            for (place, group) in groups.enumerated() where group >= 0 {
                let key = Int(hours[place]) * groupCount + Int(group)
                if numbers[key] < 0 {
                    numbers[key] = Int32(keys.count)
                    keys.append(Key(hour: hours[place], group: group))
                }
                of[place] = numbers[key]
            }
        } else {
            var numbers: [Key: Int32] = [:]
            for (place, group) in groups.enumerated() where group >= 0 {
                let key = Key(hour: hours[place], group: group)
                if numbers[key] == nil {
                    numbers[key] = Int32(keys.count)
                    keys.append(key)
                }
                of[place] = numbers[key] ?? -1
            }
        }
        return (of, keys)
    }
}
