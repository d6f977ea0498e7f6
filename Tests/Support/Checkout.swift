import Foundation

/// The folder that the tests stand in, and the files in it that are made from the program.
package enum Checkout {
    package struct Recorded: Error {
        let file: String
    }

    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What a file holds. With TTAQ_RECORD set it is written anew, and the test fails so that each is read.
    ///
    /// - Parameters:
    ///   - path: From the checkout's root.
    ///   - actual: What to record; `nil` to read only.
    package static func text(_ path: String, recording actual: String? = nil) throws -> String {
        let file = root.appendingPathComponent(path)
        if let actual, ProcessInfo.processInfo.environment["TTAQ_RECORD"] != nil {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(actual.utf8).write(to: file)
            throw Recorded(file: file.path)
        }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}
