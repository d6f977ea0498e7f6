import GRDB
import TraceModel
import TraceSchema

/// What ``StoreWriter/retain(endingSince:)`` took out.
package struct RetainCounts: Hashable, Sendable {
    package var traces = 0
    package var spans = 0
    package var metricPoints = 0

    package init() {}
}

/// What ``StoreWriter/removeTexts(endingSince:keeping:)`` took out.
package struct TextCounts: Hashable, Sendable {
    package var traces = 0
    package var spans = 0
    /// Of the texts, each as often as spans had it.
    package var bytes = 0
    /// Log records that had any.
    package var logRecords = 0
    /// Pieces of long texts that no span has any more.
    package var contentPieces = 0

    package init() {}
}

/// What ``StoreWriter/compact()`` did.
package struct CompactCounts: Hashable, Sendable {
    package var rewrittenBlocks = 0
    package var contexts = 0
    package var contentPieces = 0
    package var bytesFreed = 0

    package init() {}
}

extension StoreWriter {
    private static let tracesAtOnce = 2000
    private static let tracesToShorten = 200
    private static let pagesAtOnce = 2000

    /// Removes the traces whose last span ended before `horizon`, some thousand to a transaction, so that other
    /// processes can write in between; then the log records of that time that belong to no trace in the file, and the
    /// metric points of that time. An unfinished span counts as ended when it started. Rollups go on counting what was
    /// removed; spans of other traces that had ended by then are refused from now on, because they may be copies.
    ///
    /// - Parameters:
    ///   - wanted: Nanoseconds since 1970. Later than all that the store has is as good as just after it.
    ///   - kept: Traces that stay, by number: see ``StoreSnapshot/traceNumbers(where:)``.
    /// - Throws: ``StoreError``; what is committed by then stays removed.
    package func retain(endingSince wanted: UInt64, keeping kept: Set<Int64> = []) throws -> RetainCounts {
        let horizon = try turn { db in
            try self.session(db).sealAll()
            return try self.session(db).transaction { session in
                let last = try session.lastEnd()
                let horizon = min(wanted, last.map { $0 == .max ? $0 : $0 + 1 } ?? 0)
                try session.raiseHorizon(to: horizon)
                return horizon
            }
        }
        var counts = RetainCounts()
        for block in try turn({ try self.session($0).maintenance.blocks() }) {
            while case let removed = try turn({ db in
                try self.session(db).transaction { session in
                    try session.removeTraces(
                        of: block.id, endedBefore: horizon, keeping: kept, limit: Self.tracesAtOnce)
                }
            }), removed.traces > 0 {
                counts.traces += removed.traces
                counts.spans += removed.spans
            }
        }
        try turn { db in try self.session(db).transaction { try $0.logs.remove(before: horizon) } }
        try turn { db in
            try self.session(db).transaction { counts.metricPoints = try $0.metrics.remove(before: horizon) }
        }
        try finish()
        return counts
    }

    /// Takes texts of more than 512 bytes out of the traces whose last span ended before `horizon`, some hundred to a
    /// transaction, so that other processes can write in between. Each leaves a word of its length in its place; all
    /// else of its span stays. What is taken out is overwritten in the file.
    ///
    /// - Parameters:
    ///   - horizon: Nanoseconds since 1970.
    ///   - kept: Traces that keep theirs, by number.
    /// - Throws: ``StoreError``; what is committed by then stays removed.
    package func removeTexts(endingSince horizon: UInt64, keeping kept: Set<Int64> = []) throws -> TextCounts {
        try turn {
            try self.session($0).sealAll()
            try StoreFile.overwriteDeleted($0, true)
        }
        var counts = TextCounts()
        for block in try turn({ try self.session($0).maintenance.blocks() }) {
            var first = 0
            while let removed = try turn({ db in
                try self.session(db).transaction { session in
                    try session.maintenance.removeTexts(
                        of: block.id, endedBefore: horizon, keeping: kept, from: first, limit: Self.tracesToShorten,
                        &session.sealer, layoutID: session.tables.layoutID)
                }
            }) {
                counts.traces += removed.traces
                counts.spans += removed.spans
                counts.bytes += removed.bytes
                first += Self.tracesToShorten
            }
        }
        try turn { db in
            try self.session(db).transaction { session in
                let logs = try session.logs.removeTexts(before: horizon, keeping: kept) {
                    try session.maintenance.lastEnd(of: $0)
                }
                counts.logRecords += logs.records
                counts.bytes += logs.bytes
            }
        }
        if counts.spans > 0 {
            try turn { db in
                try self.session(db).transaction { counts.contentPieces = try $0.maintenance.dropUnusedContent() }
            }
        }
        try turn { try StoreFile.overwriteDeleted($0, false) }
        try finish()
        return counts
    }

    /// Makes the file as small as it can be: seals and rewrites blocks that have lost traces or are small, drops
    /// contexts and pieces of content that no span has any more, and gives free pages back to the disk.
    ///
    /// Other processes can write between its transactions.
    package func compact() throws -> CompactCounts {
        try turn { try self.session($0).sealAll() }
        var counts = CompactCounts()
        let sparse = try turn { try self.session($0).maintenance.blocksToRewrite() }
        for group in sparse {
            try turn { db in
                try self.session(db).transaction { try $0.rewrite(group) }
            }
            counts.rewrittenBlocks += group.count
        }
        try turn { db in
            try self.session(db).transaction { session in
                counts.contexts = try session.maintenance.dropUnusedContexts(&session.sealer)
                counts.contentPieces = try session.maintenance.dropUnusedContent()
                try session.logs.dropUnusedBodies()
            }
        }
        while case let freed = try turn({ try StoreFile.freePages($0, atMost: Self.pagesAtOnce) }), freed > 0 {
            counts.bytesFreed += freed
        }
        try finish()
        return counts
    }
}
