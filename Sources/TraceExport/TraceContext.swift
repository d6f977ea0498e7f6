import TraceModel
import Tracing

/// What names a span to other programs: the ids, flags and vendors' state of the W3C recommendation Trace Context.
///
/// The context of every span of ``StoreTracer`` has one, sampled or not:
///
/// ```swift
/// let id = ServiceContext.current?.traceContext?.traceID
/// ```
public struct TraceContext: Sendable, Hashable {
    let trace: TraceID
    let span: SpanID
    /// Bit 0 says that the span is sampled, bit 1 (level 2 of the recommendation) that the trace id is random. Others are
    /// always clear.
    public let flags: UInt8
    /// The `tracestate` header as it is sent on: members apart by commas; empty when there is none.
    public let traceState: String
    /// Whether it came from another program.
    public let isRemote: Bool

    init(trace: TraceID, span: SpanID, flags: UInt8, traceState: String = "", isRemote: Bool = false) {
        self.trace = trace
        self.span = span
        self.flags = flags & Self.knownFlags
        self.traceState = traceState
        self.isRemote = isRemote
    }

    static let sampledFlag: UInt8 = 1
    static let knownFlags: UInt8 = 3

    /// 32 lowercase hexadecimal digits.
    public var traceID: String { trace.hex }

    /// 16 lowercase hexadecimal digits.
    public var spanID: String { span.hex }

    /// Whether the one who started the span records it.
    public var isSampled: Bool { flags & Self.sampledFlag != 0 }
}

// MARK: - Headers
extension TraceContext {
    /// Reads the headers of a request, by https://www.w3.org/TR/trace-context.
    ///
    /// - Parameters:
    ///   - traceparent: Version, trace id, span id and flags; white space around it is left out. Later versions than 00
    ///     may go on after the flags.
    ///   - tracestate: Left out whole when it breaks the rules: a member that can't be read, a key twice, more than 32
    ///     members.
    /// - Returns: `nil` for anything else than a `traceparent` that names a span: version ff, ids that are all zero, capital
    ///   letters, too few or too many characters.
    public init?(traceparent: String, tracestate: String = "") {
        let text = Array(traceparent.utf8.drop { $0 == 0x20 || $0 == 0x09 })
        let bytes = text[..<((text.lastIndex { $0 != 0x20 && $0 != 0x09 } ?? -1) + 1)]
        guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            let version = Self.hex(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || version > 0 && bytes[55] == Self.dash,
            let high = Self.hex(bytes[3..<19]), let low = Self.hex(bytes[19..<35]), high | low != 0,
            let span = Self.hex(bytes[36..<52]), span != 0, let flags = Self.hex(bytes[53..<55])
        else { return nil }
        self.init(
            trace: TraceID(high: high, low: low), span: SpanID(value: span), flags: UInt8(truncatingIfNeeded: flags),
            traceState: TraceState.read(tracestate) ?? "", isRemote: true)
    }

    /// The `traceparent` header, in version 00.
    public var traceparent: String { "00-\(trace.hex)-\(span.hex)-0\(flags)" }

    private static let dash = UInt8(ascii: "-")

    /// At most 16 lowercase digits.
    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}

/// The rules of the `tracestate` header.
enum TraceState {
    private static let mostMembers = 32

    /// The members apart by commas, without white space and empty ones; `nil` when it breaks a rule.
    static func read(_ header: String) -> String? {
        var (members, keys): ([Substring], Set<Substring>) = ([], [])
        for part in header.split(separator: ",") {
            // Spaces at a value's end are no part of it, those at its beginning are.
            let member = part.trimmingSpaces()
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: "="), isKey(member[..<equals].utf8),
                isValue(member[member.index(after: equals)...].utf8), keys.insert(member[..<equals]).inserted
            else { return nil }
            members.append(member)
        }
        return members.count > mostMembers ? nil : members.joined(separator: ",")
    }

    /// `vendor` of 256 characters, or `tenant@vendor` of 241 and 14.
    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        let parts = key.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard let first = parts.first?.first, let last = parts.last?.first,
            parts.allSatisfy({ $0.allSatisfy(isKeyCharacter) })
        else { return false }
        switch parts.count {
        case 1: return isLetter(first) && key.count <= 256
        case 2:
            return (isLetter(first) || isDigit(first)) && parts[0].count <= 241 && isLetter(last)
                && parts[1].count <= 14
        default: return false
        }
    }

    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        (1...256).contains(value.count)
            && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
    }

    private static func isKeyCharacter(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || "_-*/".utf8.contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    func trimmingSpaces() -> Substring {
        func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
        let start = drop(while: isSpace)
        return start.lastIndex { !isSpace($0) }.map { start[...$0] } ?? start[start.endIndex...]
    }
}

// MARK: - In a service context
extension ServiceContext {
    private enum TraceContextKey: ServiceContextKey {
        typealias Value = TraceContext
        static var nameOverride: String? { "trace-context" }
    }

    /// The span that what happens in this context belongs to. Set it to continue a trace of another program.
    public var traceContext: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}
