import Foundation
import TraceModel

/// Columns that a question reads, so that they can be there before another thread needs them.
package enum BlockPart: Hashable, Sendable {
    /// Operations by span come with every block.
    case starts, durations, contexts, parents, edges, traces
    /// The model calls to count, and their tokens and cost.
    case usage
    /// Whether a cache was hit, and what that saved.
    case lookups

    fileprivate var columns: [Int64] {
        switch self {
        case .starts: [BlockColumn.starts]
        case .durations: [BlockColumn.durations, BlockColumn.irregular, BlockColumn.irregularNanos]
        case .contexts: [BlockColumn.contexts]
        case .parents: [BlockColumn.parents]
        case .edges: [BlockColumn.edgeKinds, BlockColumn.edgeSources, BlockColumn.edgeTargets]
        case .traces: [BlockColumn.traceNumbers, BlockColumn.traceSpans, BlockColumn.traceFirsts]
        case .usage:
            [BlockColumn.countedCalls]
                + Self.numbers([
                    .promptTokens, .completionTokens, .cachedTokens, .cacheWriteTokens, .reasoningTokens, .cost,
                ])
        case .lookups: Self.numbers([.cacheHit, .cacheSavings])
        }
    }

    private static func numbers(_ fields: [NumberField]) -> [Int64] {
        fields.flatMap { [BlockColumn.places($0), BlockColumn.values($0)] }
    }
}

/// Which of a block's spans count, of those that count otherwise; `nil` is all.
package typealias BlockFilter = (Block, [Bool]?) throws -> [Bool]?

extension Block {
    func selection(_ window: TimeWindow, _ filter: BlockFilter?) throws -> [Bool]? {
        let selection = try selection(window)
        return try filter.map { try $0(self, selection) } ?? selection
    }
}

extension StoreSnapshot {
    /// Two for each core, so that none waits long for the last one, and no more, because all of them are in memory.
    private static let blocksAtOnce = max(4, 2 * ProcessInfo.processInfo.activeProcessorCount)

    /// Turns each block that has spans to count one by one into something smaller, several blocks at a time on all cores.
    ///
    /// - Parameters:
    ///   - filter: Narrows down which spans of a block count, on this thread.
    ///   - skipsEmpty: Whether blocks of which no span counts are left out.
    ///   - parts: All that `transform` reads, besides operations.
    ///   - prepare: Runs on this thread, block by block in order: the place for what needs the file or a state.
    ///   - transform: Runs on any thread.
    ///   - body: Gets the results on this thread, in the order of the blocks.
    package func mapBlocks<Prepared: Sendable, Output: Sendable>(
        _ coverage: SpanCoverage, where filter: BlockFilter? = nil, skipsEmpty: Bool = true,
        reading parts: [BlockPart],
        prepare: (Block, [Bool]?) throws -> Prepared,
        transform: @Sendable (Block, [Bool]?, Prepared) throws -> Output, _ body: (Output) throws -> Void
    ) throws {
        let columns = parts.flatMap(\.columns)
        let blocks = try blocks(of: coverage)
        for first in stride(from: 0, to: blocks.count, by: Self.blocksAtOnce) {
            let waiting = try blocks[first..<min(first + Self.blocksAtOnce, blocks.count)].compactMap { block, window in
                try naming("block") { () -> (block: Block, selection: [Bool]?, prepared: Prepared)? in
                    try block.load([BlockColumn.operationIDs, BlockColumn.operations])
                    let selection = try block.selection(window, filter)
                    if skipsEmpty, let selection, !selection.contains(true) { return nil }
                    try block.load(columns)
                    return (block: block, selection: selection, prepared: try prepare(block, selection))
                }
            }
            let results = Parallel.map(waiting) { try transform($0.block, $0.selection, $0.prepared) }
            for result in results { try naming("block") { try body(result.get()) } }
        }
    }
}

/// The same work on each element of a list, on all cores.
package enum Parallel {
    package static func map<Element: Sendable, Output: Sendable>(
        _ elements: [Element], _ transform: @Sendable (Element) throws -> Output
    ) -> [Result<Output, any Error>] {
        var results = [Result<Output, any Error>?](repeating: nil, count: elements.count)
        results.withUnsafeMutableBufferPointer { results in
            // Each iteration writes its own element and no other.
            nonisolated(unsafe) let results = results
            DispatchQueue.concurrentPerform(iterations: elements.count) { index in
                results[index] = Result { try transform(elements[index]) }
            }
        }
        return results.compactMap { $0 }
    }
}
