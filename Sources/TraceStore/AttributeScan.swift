import JSONText
import TraceModel
import TraceSchema

/// Reads single attributes of many spans from their rows, without putting the spans together.
package final class AttributeScan {
    /// What to read of a span.
    package enum Subject: Hashable, Sendable {
        case spanAttribute(String)
        case resourceAttribute(String)
        /// The span's attribute, else the resource's.
        case anyAttribute(String)
    }

    private let snapshot: StoreSnapshot
    private let subjects: [Subject]
    private var rows: BlockRows
    /// By layout: the slots of the subjects.
    private var slots: [Int64: [LayoutSlot?]] = [:]
    /// By source: the resource's values of the subjects.
    private var resources: [Int64: [AttributeValue?]] = [:]

    package init(_ subjects: [Subject], in snapshot: StoreSnapshot) throws {
        self.snapshot = snapshot
        self.subjects = subjects
        rows = try BlockRows(TraceSQL.selectValueRows, in: snapshot)
    }

    /// Hands out the values of the selected spans of a block, by place, in the order of the subjects.
    package func forEach(_ block: Block, _ selection: [Bool]?, _ body: (Int, [AttributeValue?]) throws -> Void) throws {
        try rows.forEach(block, selection) { place, row in try body(place, try values(row)) }
    }

    private func values(_ row: StatementRow) throws -> [AttributeValue?] {
        let slots = try slots(of: row.integer(3))
        return try subjects.indices.map { index in
            if let slot = slots[index] { return try value(slot, row) }
            return try resourceValues(row.integer(4))[index]
        }
    }

    private func slots(of layout: Int64) throws -> [LayoutSlot?] {
        if let known = slots[layout] { return known }
        let stored = try snapshot.layouts.layout(layout)
        let found = subjects.map { subject -> LayoutSlot? in
            switch subject {
            case .spanAttribute(let key), .anyAttribute(let key): stored.firstSlot(of: key)
            case .resourceAttribute: nil
            }
        }
        slots[layout] = found
        return found
    }

    private func resourceValues(_ source: Int64) throws -> [AttributeValue?] {
        if let known = resources[source] { return known }
        let attributes = try snapshot.sources.source(source).resource.attributes
        let found = subjects.map { subject -> AttributeValue? in
            switch subject {
            case .resourceAttribute(let key), .anyAttribute(let key): attributes[key]
            case .spanAttribute: nil
            }
        }
        resources[source] = found
        return found
    }

    private func value(_ slot: LayoutSlot, _ row: StatementRow) throws -> AttributeValue? {
        switch slot.kind {
        case .operation:
            return try snapshot.operationCache.operation(row.integer(1)).fields[slot.place].map { .string($0) }
        case .context: return try snapshot.contexts.context(row.integer(2)).fields[slot.place].map { .string($0) }
        case .constant: return .string(slot.constant ?? "")
        case .value:
            guard let bytes = row.textBytes(5), let element = InlineElement.find(slot.place, in: bytes) else {
                throw WrongColumnType(column: 5)
            }
            return try InlineElement.value(element)
        case .nonfinite, .bytes, .tagged, .content:
            do {
                let layout = try snapshot.layouts.layout(row.integer(3))
                return try layout.value(slot, layout.inline(row.optionalText(5)), snapshot.content)
            } catch is JSONSyntaxError {
                throw WrongColumnType(column: 5)
            }
        }
    }
}

/// One element of a JSON list as ttaq writes it: no white space between its parts.
enum InlineElement {
    /// - Returns: `nil` when the list is shorter.
    static func find(_ index: Int, in list: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var (place, depth, found, start) = (0, 0, 0, 1)
        while place < list.count {
            switch list[place] {
            case UInt8(ascii: "\""): place = endOfString(list, from: place)
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 {
                    return found == index && place > start ? UnsafeRawBufferPointer(rebasing: list[start..<place]) : nil
                }
            case UInt8(ascii: ",") where depth == 1:
                if found == index { return UnsafeRawBufferPointer(rebasing: list[start..<place]) }
                found += 1
                start = place + 1
            default: break
            }
            place += 1
        }
        return nil
    }

    /// Of the closing quote, or the end.
    private static func endOfString(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var place = start + 1
        while place < text.count, text[place] != UInt8(ascii: "\"") {
            place += text[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return place
    }

    /// - Throws: `WrongColumnType` for text that is no JSON.
    static func value(_ element: UnsafeRawBufferPointer) throws -> AttributeValue {
        if let number = wholeNumber(element) { return .int(number) }
        do {
            var reader = JSONReader(Array(element))
            let value = try AttributeCodec.decode(&reader)
            try reader.finish()
            return value
        } catch is JSONSyntaxError {
            throw WrongColumnType(column: 5)
        }
    }

    /// Of a short one: what most values are.
    private static func wholeNumber(_ element: UnsafeRawBufferPointer) -> Int64? {
        guard element.count <= 15 else { return nil }
        var number: Int64 = 0
        for byte in element {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return number
    }
}
