/// Why some input was not read: data for one renderer of messages.
package struct InputError: Error, Equatable, Sendable {
    package enum Place: Equatable, Sendable {
        case whole
        case byte(Int)
        /// Both from 1; the column counts bytes.
        case line(Int, column: Int)
    }

    /// The file's path, or `standard input`.
    package let name: String
    package let place: Place
    package let expected: String
    package let found: String
    /// What to do about it.
    package let cure: String?
    /// Whether the input is of no kind that is read at all, rather than a damaged one of a known kind.
    package let isUnrecognised: Bool

    package init(
        name: String, place: Place, expected: String, found: String, cure: String? = nil, isUnrecognised: Bool = false
    ) {
        self.name = name
        self.place = place
        self.expected = expected
        self.found = found
        self.cure = cure
        self.isUnrecognised = isUnrecognised
    }
}

extension Input {
    func error(
        _ place: InputError.Place, expected: String, found: String, cure: String? = nil, isUnrecognised: Bool = false
    ) -> InputError {
        InputError(
            name: name, place: place, expected: expected, found: found, cure: cure, isUnrecognised: isUnrecognised)
    }

    func tooLarge(_ limits: ReadingLimits) -> InputError {
        error(
            .whole, expected: "requests of at most \(limits.requestBytes) bytes", found: "a longer one",
            cure: "raise the limit with --max-request")
    }
}
