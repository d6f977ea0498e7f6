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

    func number(_ column: Int) -> NormalisedFields.Number? {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_INTEGER: .integer(sqlite3_column_int64(handle, Int32(column)))
        case SQLITE_FLOAT: .real(sqlite3_column_double(handle, Int32(column)))
        default: nil
        }
    }

    func traceID(_ column: Int) throws -> TraceID {
        guard let bytes = blob(column), bytes.count == 16, let id = TraceID(bytes: Array(bytes)[...]) else {
            throw WrongColumnType(column: column)
        }
        return id
    }

    func spanID(_ column: Int) throws -> SpanID {
        guard let id = try optionalSpanID(column) else { throw WrongColumnType(column: column) }
        return id
    }

    /// `nil` for null.
    func optionalSpanID(_ column: Int) throws -> SpanID? {
        if sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL { return nil }
        guard let bytes = blob(column), bytes.count == 8 else { throw WrongColumnType(column: column) }
        return SpanID(value: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)))
    }

    private func blob(_ column: Int) -> UnsafeRawBufferPointer? {
        guard sqlite3_column_type(handle, Int32(column)) == SQLITE_BLOB,
            let start = sqlite3_column_blob(handle, Int32(column))
        else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column))))
    }
}
