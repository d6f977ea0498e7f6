/// A dictionary of bounded size: a value too many pushes out the one that was not used for the longest time.
struct RecencyMap<Key: Hashable, Value> {
    /// In a list from the newest to the oldest, by places in `nodes`.
    fileprivate struct Node {
        var key: Key
        var value: Value
        var newer: Int?
        var older: Int?
    }

    private let capacity: Int
    private var nodes: [Node] = []
    private var places: [Key: Int] = [:]
    private var newest: Int?
    private var oldest: Int?

    /// - Parameter capacity: Less than 1 means 1.
    init(capacity: Int) { self.capacity = max(capacity, 1) }

    /// Reading counts as use.
    mutating func value(for key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        unlink(place)
        linkAsNewest(place)
        return nodes[place].value
    }

    mutating func set(_ value: Value, for key: Key) {
        if let place = places[key] {
            nodes[place].value = value
            unlink(place)
            linkAsNewest(place)
        } else if nodes.count >= capacity, let place = oldest {
            places[nodes[place].key] = nil
            unlink(place)
            nodes[place] = Node(key: key, value: value)
            add(key, at: place)
        } else {
            nodes.append(Node(key: key, value: value))
            add(key, at: nodes.count - 1)
        }
    }

    private mutating func add(_ key: Key, at place: Int) {
        places[key] = place
        linkAsNewest(place)
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (nodes[place].newer, nodes[place].older)
        if let newer { nodes[newer].older = older } else { newest = older }
        if let older { nodes[older].newer = newer } else { oldest = newer }
    }

    private mutating func linkAsNewest(_ place: Int) {
        nodes[place].newer = nil
        nodes[place].older = newest
        if let newest { nodes[newest].newer = place } else { oldest = place }
        newest = place
    }
}

extension RecencyMap: Sendable where Key: Sendable, Value: Sendable {}
extension RecencyMap.Node: Sendable where Key: Sendable, Value: Sendable {}
