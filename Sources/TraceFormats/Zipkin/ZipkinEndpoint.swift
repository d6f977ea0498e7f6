import JSONText
import TraceModel
import TraceOTLP

/// A node as Zipkin describes it: a service's name and an address.
struct ZipkinEndpoint {
    enum Side { case local, remote }

    private(set) var serviceName = ""
    private var ipv4 = ""
    private var ipv6 = ""
    private var port: Int64?

    init() {}

    init(_ reader: inout JSONReader) throws {
        try reader.object { reader, key in
            switch key {
            case "serviceName": serviceName = try reader.text()
            case "ipv4": ipv4 = try reader.text()
            case "ipv6": ipv6 = try reader.text()
            case "port": port = try reader.takeNull() ? nil : reader.int64()
            default: try reader.skip()
            }
        }
    }

    /// Its attributes by the semantic conventions, except the local service's name, which is the resource's. Where a
    /// tag of that name says something else, that of the endpoint is `zipkin.…`.
    func attributes(of side: Side, besides tags: [Attribute]) -> [Attribute] {
        let (place, prefix) = side == .local ? ("local", "zipkin.localEndpoint.") : ("peer", "zipkin.remoteEndpoint.")
        var attributes: [Attribute] = []
        func add(_ key: String, _ value: AttributeValue, orElse other: String) {
            switch tags[key] ?? attributes[key] {
            case nil: attributes.append(Attribute(key, value))
            case let known? where known.scalarText == value.scalarText: break
            default: attributes.append(Attribute(prefix + other, value))
            }
        }
        if side == .remote, !serviceName.isEmpty {
            add("peer.service", .string(serviceName), orElse: "serviceName")
        }
        if !ipv4.isEmpty { add("network.\(place).address", .string(ipv4), orElse: "ipv4") }
        if !ipv6.isEmpty { add("network.\(place).address", .string(ipv6), orElse: "ipv6") }
        if let port, port != 0 { add("network.\(place).port", .int(port), orElse: "port") }
        return attributes
    }
}
