/// Distinct byte strings, numbered from 0 in the order they came: a hash table that makes no string and allocates
/// nothing for bytes that it knows.
///
/// Invariants: `slots.count` is a power of two and more than twice `entries.count`; a slot is -1 or an index of
/// `entries`; an entry's range lies inside `arena`.
struct ByteDictionary {
    private struct Entry {
        let hash: UInt64
        let start: Int
        let count: Int
    }

    private var arena: [UInt8] = []
    private var entries: [Entry] = []
    private var slots = [Int32](repeating: -1, count: 64)

    var count: Int { entries.count }

    /// Of the bytes that are kept.
    var byteCount: Int { arena.count }

    /// The number of `bytes`, which are kept when they are new.
    mutating func index(of bytes: UnsafeRawBufferPointer) -> (index: Int, isNew: Bool) {
        let hash = ByteHash.seeded(bytes)
        let slot = place(bytes, hash)
        if slots[slot] >= 0 { return (Int(slots[slot]), false) }
        slots[slot] = Int32(entries.count)
        entries.append(Entry(hash: hash, start: arena.count, count: bytes.count))
        arena.append(contentsOf: bytes)
        if entries.count * 2 >= slots.count { grow() }
        return (entries.count - 1, true)
    }

    /// The number of `bytes`, `nil` when they are not among the kept.
    func known(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let found = slots[place(bytes, ByteHash.seeded(bytes))]
        return found >= 0 ? Int(found) : nil
    }

    mutating func index(of text: String) -> (index: Int, isNew: Bool) {
        var text = text
        return text.withUTF8 { index(of: UnsafeRawBufferPointer($0)) }
    }

    func text(_ index: Int) -> String {
        let entry = entries[index]
        return String(decoding: arena[entry.start..<entry.start + entry.count], as: UTF8.self)
    }

    mutating func removeAll() { self = ByteDictionary() }

    /// Where the bytes stand among the slots, or the free slot for them.
    private func place(_ bytes: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] >= 0 {
            let entry = entries[Int(slots[slot])]
            if entry.hash == hash && entry.count == bytes.count && isEqual(entry, bytes) { return slot }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private func isEqual(_ entry: Entry, _ bytes: UnsafeRawBufferPointer) -> Bool {
        arena.withUnsafeBytes { arena in
            UnsafeRawBufferPointer(rebasing: arena[entry.start..<entry.start + entry.count]).elementsEqualFast(bytes)
        }
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        let mask = slots.count - 1
        for (index, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(index)
        }
    }
}

/// A 64-bit hash of bytes: eight at a time, multiplied and folded.
enum ByteHash {
    /// Another one in each process, so that no input can be made whose keys all meet in one place.
    static func seeded(_ bytes: UnsafeRawBufferPointer) -> UInt64 { hash(bytes, seed: seed) }

    /// The same in every process: it stands in files, and may not change.
    static func stable(_ bytes: UnsafeRawBufferPointer) -> UInt64 { hash(bytes, seed: 0) }

    static func stable(_ text: String) -> Int64 {
        var text = text
        return Int64(bitPattern: text.withUTF8 { stable(UnsafeRawBufferPointer($0)) })
    }

    private static let seed = UInt64.random(in: .min ... .max)

    @inline(__always)
    private static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: bytes.count) &* 0x9E37_79B9_7F4A_7C15
        var place = 0
        while place + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            hash = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
            place += 8
        }
        var rest: UInt64 = 0
        while place < bytes.count {
            rest = rest << 8 | UInt64(bytes[place])
            place += 1
        }
        hash = (hash ^ rest) &* 0xC4CE_B9FE_1A85_EC53
        hash ^= hash >> 29
        hash = hash &* 0xFF51_AFD7_ED55_8CCD
        return hash ^ hash >> 32
    }
}

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes, eight at a time.
    @inline(__always)
    func elementsEqualFast(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        var place = 0
        while place + 8 <= count {
            if loadUnaligned(fromByteOffset: place, as: UInt64.self)
                != other.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            {
                return false
            }
            place += 8
        }
        while place < count {
            if self[place] != other[place] { return false }
            place += 1
        }
        return true
    }
}
