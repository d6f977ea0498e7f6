import Tracing

/// Values that go along with a request from program to program: the W3C recommendation Baggage
/// (https://www.w3.org/TR/baggage), in the order in which they came.
///
/// It is for everybody on the way to read: put no secrets into it.
public struct Baggage: Sendable, Hashable {
    /// One value with its name.
    public struct Member: Sendable, Hashable {
        /// Letters, digits and ``!#$%&'*+-.^_`|~`` only: a member of any other name is not sent.
        public var name: String
        /// Any text.
        public var value: String
        /// What is said about the value, opaque: `key` or `key=value`.
        public var properties: [String]

        /// - Parameters:
        ///   - name: A token of HTTP.
        ///   - value: Any text.
        ///   - properties: Sent as they are; those with other characters than the recommendation allows are not sent.
        public init(_ name: String, _ value: String, properties: [String] = []) {
            self.name = name
            self.value = value
            self.properties = properties
        }
    }

    /// In order; names may occur twice.
    public var members: [Member]

    /// - Parameter members: In order.
    public init(_ members: [Member] = []) { self.members = members }

    /// The first value of that name. Setting it replaces all members of the name, or adds one at the end; `nil` removes them.
    public subscript(name: String) -> String? {
        get { members.first { $0.name == name }?.value }
        set {
            let place = members.firstIndex { $0.name == name }
            members.removeAll { $0.name == name }
            guard let newValue else { return }
            members.insert(Member(name, newValue), at: place ?? members.endIndex)
        }
    }

    /// The most members of a header that is written.
    public static let mostMembers = 64
    /// The most bytes of a header that is written.
    public static let mostBytes = 8192
}

// MARK: - The header
extension Baggage {
    /// Reads a header. Members that break the rules are left out, the others count.
    ///
    /// - Parameter header: Members apart by commas; values percent-encoded.
    public init(header: String) {
        members = header.split(separator: ",").compactMap(Self.member)
    }

    private static func member(_ text: Substring) -> Member? {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmingSpaces() }
        guard let equals = parts[0].firstIndex(of: "=") else { return nil }
        let name = parts[0][..<equals].trimmingSpaces()
        let value = parts[0][parts[0].index(after: equals)...].trimmingSpaces()
        guard isToken(name), value.utf8.allSatisfy(isOctet) else { return nil }
        return Member(
            String(name), decoded(value), properties: parts.dropFirst().filter(isProperty).map { String($0) })
    }

    /// The header, with members and properties that can be written; of too many, or too long ones, the first that fit.
    public var header: String {
        var header = ""
        for (count, member) in members.filter({ Self.isToken($0.name[...]) }).enumerated()
        where count < Self.mostMembers {
            var text = "\(member.name)=\(Self.encoded(member.value))"
            for property in member.properties where Self.isProperty(property[...]) { text += ";\(property)" }
            let separator = header.isEmpty ? "" : ","
            if header.utf8.count + separator.utf8.count + text.utf8.count > Self.mostBytes { continue }
            header += separator + text
        }
        return header
    }

    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// ASCII that is printed, but for quotes, commas, semicolons and backslashes.
    private static func isOctet(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"\",;\\".utf8.contains(byte)
    }

    private static func isProperty(_ text: Substring) -> Bool {
        guard let equals = text.firstIndex(of: "=") else { return isToken(text) }
        return isToken(text[..<equals].trimmingSpaces())
            && text[text.index(after: equals)...].trimmingSpaces().utf8.allSatisfy(isOctet)
    }

    private static func encoded(_ value: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in value.utf8 {
            if isOctet(byte), byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A percent sign without two digits stands for itself; bytes that are no UTF-8 become U+FFFD.
    static func decoded(_ value: Substring) -> String {
        guard value.utf8.contains(UInt8(ascii: "%")) else { return String(value) }
        let text = Array(value.utf8)
        var (bytes, place): ([UInt8], Int) = ([], 0)
        while place < text.count {
            if text[place] == UInt8(ascii: "%"), place + 2 < text.count, let high = digit(text[place + 1]),
                let low = digit(text[place + 2])
            {
                bytes.append(high << 4 | low)
                place += 3
            } else {
                bytes.append(text[place])
                place += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

// MARK: - In a service context
extension ServiceContext {
    private enum BaggageKey: ServiceContextKey {
        typealias Value = Baggage
        static var nameOverride: String? { "baggage" }
    }

    /// What goes along with requests that are sent from this context; empty when there is none.
    public var baggage: Baggage {
        get { self[BaggageKey.self] ?? Baggage() }
        set { self[BaggageKey.self] = newValue.members.isEmpty ? nil : newValue }
    }
}
