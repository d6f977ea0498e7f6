import TraceModel

/// The traces that a writer has in hand: those that it added spans to and has not sealed, and those of the current
/// transaction.
///
/// Everything here can be read from the file again, which is what happens after a rollback or when another process
/// has written.
struct TracePool {
    struct Entry {
        let number: Int64
        /// Of all spans of the trace, in order of arrival.
        var spanIDs: [UInt64] = []
        var unfinished: Set<Int> = []
        /// `nil` when they must be read from the file.
        var facts: TraceFacts?
        /// Whether a block has the trace.
        var isSealed = false
        /// Whether `unsealed` names the trace.
        var isListed = false
        var hasChanged = false
        var lastTouched = 0
        /// Once there are too many spans to look through.
        private var places: [UInt64: Int] = [:]

        private static let mostToScan = 32

        init(number: Int64) { self.number = number }

        func place(of spanID: UInt64) -> Int? {
            spanIDs.count <= Self.mostToScan ? spanIDs.firstIndex(of: spanID) : places[spanID]
        }

        mutating func append(_ spanID: UInt64, isFinished: Bool) {
            if !isFinished { unfinished.insert(spanIDs.count) }
            if spanIDs.count == Self.mostToScan {
                for (place, id) in spanIDs.enumerated() { places[id] = place }
            }
            if spanIDs.count >= Self.mostToScan { places[spanID] = spanIDs.count }
            spanIDs.append(spanID)
        }
    }

    private var places: [TraceID: Int] = [:]
    private var entries: [Entry] = []
    private(set) var spanCount = 0

    subscript(id: TraceID) -> Int? { places[id] }

    subscript(place: Int) -> Entry {
        get { entries[place] }
        _modify {
            let before = entries[place].spanIDs.count
            yield &entries[place]
            spanCount += entries[place].spanIDs.count - before
        }
    }

    mutating func add(_ entry: Entry, _ id: TraceID) -> Int {
        places[id] = entries.count
        entries.append(entry)
        spanCount += entry.spanIDs.count
        return entries.count - 1
    }

    mutating func removeAll() { self = TracePool() }

    var all: [Entry] { entries }

    /// Takes out every entry that `isLeaving`.
    mutating func remove(where isLeaving: (Entry) -> Bool) -> [Entry] {
        var left: [Entry] = []
        var (stay, ids): ([Entry], [TraceID: Int]) = ([], [:])
        var idOf = [TraceID?](repeating: nil, count: entries.count)
        for (id, place) in places { idOf[place] = id }
        for (place, entry) in entries.enumerated() {
            if isLeaving(entry) {
                left.append(entry)
            } else {
                if let id = idOf[place] { ids[id] = stay.count }
                stay.append(entry)
            }
        }
        (entries, places) = (stay, ids)
        spanCount = stay.reduce(0) { $0 + $1.spanIDs.count }
        return left
    }

    mutating func markListed(_ isListed: (Entry) -> Bool) {
        for place in entries.indices where isListed(entries[place]) { entries[place].isListed = true }
    }
}
