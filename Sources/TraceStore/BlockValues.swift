/// One of the numbers of a block's spans, by place.
package struct BlockValues {
    /// Empty when no span has the number.
    private var isPresent: [Bool] = []
    private var bits: [UInt64] = []

    fileprivate init(count: Int, places: [Int], bits sparse: [UInt64]) {
        if places.isEmpty { return }
        isPresent = [Bool](repeating: false, count: count)
        bits = [UInt64](repeating: 0, count: count)
        for (place, value) in zip(places, sparse) {
            isPresent[place] = true
            bits[place] = value
        }
    }

    /// Of a field of whole numbers.
    package func integer(_ place: Int) -> Int64? {
        !isPresent.isEmpty && isPresent[place] ? Int64(bitPattern: bits[place]) : nil
    }

    /// Of a field of real numbers.
    package func real(_ place: Int) -> Double? {
        !isPresent.isEmpty && isPresent[place] ? Double(bitPattern: bits[place]) : nil
    }
}

extension Block {
    /// Those that have columns.
    package static let numberFields = BlockColumn.fields

    package func values(_ field: NumberField) throws -> BlockValues {
        let (places, bits) = try numbers(field)
        return BlockValues(count: spanCount, places: places, bits: bits)
    }
}
