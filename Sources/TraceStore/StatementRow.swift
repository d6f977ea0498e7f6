import GRDBSQLite
import TraceModel

/// A column whose value is not of the type that ttaq wrote there.
struct WrongColumnType: Error {
    let column: Int
}

/// The row that a statement stands on, read by column number. Valid until the statement steps on.
struct StatementRow {
    let handle: OpaquePointer

    func integer(_ column: Int) throws -> Int64 {
        guard let value = optionalInteger(column) else { throw WrongColumnType(column: column) }
        return value
    }

    /// `nil` for null, and for every other type.
    func optionalInteger(_ column: Int) -> Int64? {
        sqlite3_column_type(handle, Int32(column)) == SQLITE_INTEGER ? sqlite3_column_int64(handle, Int32(column)) : nil
    }

    /// A finite number.
    func real(_ column: Int) throws -> Double {
        let real = sqlite3_column_double(handle, Int32(column))
        guard sqlite3_column_type(handle, Int32(column)) == SQLITE_FLOAT, real.isFinite else {
            throw WrongColumnType(column: column)
        }
        return real
    }

    /// `nil` for null.
    func optionalReal(_ column: Int) throws -> Double? {
        sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL ? nil : try real(column)
    }

    func nanos(_ column: Int) throws -> UInt64 { UInt64(bitPattern: try integer(column)) }

    func uint32(_ column: Int) throws -> UInt32 {
        guard let value = UInt32(exactly: try integer(column)) else { throw WrongColumnType(column: column) }
        return value
    }

    func int32(_ column: Int) throws -> Int32 {
        guard let value = Int32(exactly: try integer(column)) else { throw WrongColumnType(column: column) }
        return value
    }

    func text(_ column: Int) throws -> String {
        guard let text = optionalText(column) else { throw WrongColumnType(column: column) }
        return text
    }

    /// `nil` for null, and for every other type.
    func optionalText(_ column: Int) -> String? {
        guard sqlite3_column_type(handle, Int32(column)) == SQLITE_TEXT,
            let start = sqlite3_column_text(handle, Int32(column))
        else { return nil }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return ByteText.text(withEscapes: UnsafeRawBufferPointer(start: start, count: count))
    }

    func traceID(_ column: Int) throws -> TraceID {
        guard let bytes = blob(column), bytes.count == 16, let id = TraceID(bytes: Array(bytes)[...]) else {
            throw WrongColumnType(column: column)
        }
        return id
    }

    /// `nil` for null, and for every other type.
    func optionalBlob(_ column: Int) -> [UInt8]? { blob(column).map { Array($0) } }

    /// A packed column of a block.
    func packed<Value: FixedWidthInteger>(_ column: Int, count: Int) throws -> [Value] {
        guard let bytes = blob(column), let values = PackedColumn.decode(bytes, count: count, as: Value.self) else {
            throw WrongColumnType(column: column)
        }
        return values
    }

    /// The bytes of a text, as they stand. Valid until the statement steps on.
    func textBytes(_ column: Int) -> UnsafeRawBufferPointer? {
        guard sqlite3_column_type(handle, Int32(column)) == SQLITE_TEXT,
            let start = sqlite3_column_text(handle, Int32(column))
        else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column))))
    }

    func hasBytes(_ column: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        textBytes(column)?.elementsEqualFast(bytes) ?? false
    }

    private func blob(_ column: Int) -> UnsafeRawBufferPointer? {
        guard sqlite3_column_type(handle, Int32(column)) == SQLITE_BLOB,
            let start = sqlite3_column_blob(handle, Int32(column))
        else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column))))
    }
}
