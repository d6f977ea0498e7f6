import Foundation

/// The store's SQL and its attribute aliases, embedded in the program.
package enum TraceSQL {
    /// Written to `PRAGMA application_id`: 'ttaq' in ASCII.
    package static let applicationID: Int32 = 0x7474_6171
    /// Written to `PRAGMA user_version`.
    package static let version: Int32 = 5
    /// Of the oldest files that can be read.
    package static let oldestVersion: Int32 = 3

    /// What makes a file of each version of one of the version before, in order; the first of an empty one.
    package static var migrations: [(version: Int32, sql: String)] {
        [
            (3, text(PackageResources.m0001_tables_sql)), (4, text(PackageResources.m0002_logs_sql)),
            (5, text(PackageResources.m0003_metrics_sql)),
        ]
    }

    private static var views: [String] {
        [
            text(PackageResources.v0001_spans_sql), text(PackageResources.v0002_rollups_sql),
            text(PackageResources.v0003_events_sql), text(PackageResources.v0004_links_sql),
            text(PackageResources.v0005_edges_sql), text(PackageResources.v0006_traces_sql),
            text(PackageResources.v0007_llm_calls_sql), text(PackageResources.v0008_span_attributes_sql),
            text(PackageResources.v0009_logs_sql), text(PackageResources.v0010_metrics_sql),
        ]
    }

    /// How many views a store has.
    package static var viewCount: Int { views.count }

    /// The views for one connection only, where they stand before those of the file.
    package static var temporaryViews: [String] { views.map { creating($0, "CREATE TEMP VIEW") } }

    /// What adds the views that a file of an earlier version lacks.
    package static var missingViews: [String] { views.map { creating($0, "CREATE VIEW IF NOT EXISTS") } }

    private static func creating(_ view: String, _ words: String) -> String {
        guard let old = view.range(of: "CREATE VIEW") else { preconditionFailure("no view: \(view)") }
        return view.replacingCharacters(in: old, with: words)
    }

    package static let deleteBlock = text(PackageResources.delete_block_sql)
    package static let deleteBlockColumns = text(PackageResources.delete_block_columns_sql)
    package static let deleteContent = text(PackageResources.delete_content_sql)
    package static let deleteContext = text(PackageResources.delete_context_sql)
    package static let deleteLog = text(PackageResources.delete_log_sql)
    package static let deleteOldLogs = text(PackageResources.delete_old_logs_sql)
    package static let deleteOldMetricPoints = text(PackageResources.delete_old_metric_points_sql)
    package static let deleteRollup = text(PackageResources.delete_rollup_sql)
    package static let deleteTrace = text(PackageResources.delete_trace_sql)
    package static let deleteTraceRows = text(PackageResources.delete_trace_rows_sql)
    package static let deleteUnsealedTrace = text(PackageResources.delete_unsealed_trace_sql)
    package static let deleteUnusedLogBodies = text(PackageResources.delete_unused_log_bodies_sql)
    package static let deleteUnusedMetrics = text(PackageResources.delete_unused_metrics_sql)
    package static let deleteUnusedSeries = text(PackageResources.delete_unused_series_sql)
    package static let insertBlock = text(PackageResources.insert_block_sql)
    package static let insertBlockColumn = text(PackageResources.insert_block_column_sql)
    package static let insertContent = text(PackageResources.insert_content_sql)
    package static let insertContext = text(PackageResources.insert_context_sql)
    package static let insertDemotedField = text(PackageResources.insert_demoted_field_sql)
    package static let insertLayout = text(PackageResources.insert_layout_sql)
    package static let insertLayoutSlot = text(PackageResources.insert_layout_slot_sql)
    package static let insertLog = text(PackageResources.insert_log_sql)
    package static let insertLogBody = text(PackageResources.insert_log_body_sql)
    package static let insertMetric = text(PackageResources.insert_metric_sql)
    package static let insertMetricPoint = text(PackageResources.insert_metric_point_sql)
    package static let insertOperation = text(PackageResources.insert_operation_sql)
    package static let insertResource = text(PackageResources.insert_resource_sql)
    package static let insertRetention = text(PackageResources.insert_retention_sql)
    package static let insertRollup = text(PackageResources.insert_rollup_sql)
    package static let insertRollupGroup = text(PackageResources.insert_rollup_group_sql)
    package static let insertScope = text(PackageResources.insert_scope_sql)
    package static let insertSeries = text(PackageResources.insert_series_sql)
    package static let insertSource = text(PackageResources.insert_source_sql)
    package static let insertSpan = text(PackageResources.insert_span_sql)
    package static let insertTrace = text(PackageResources.insert_trace_sql)
    package static let insertUnsealedTrace = text(PackageResources.insert_unsealed_trace_sql)
    package static let selectAllContent = text(PackageResources.select_all_content_sql)
    package static let selectAttributeKeys = text(PackageResources.select_attribute_keys_sql)
    package static let selectBlock = text(PackageResources.select_block_sql)
    package static let selectBlockColumn = text(PackageResources.select_block_column_sql)
    package static let selectBlockIDs = text(PackageResources.select_block_ids_sql)
    package static let selectBlocks = text(PackageResources.select_blocks_sql)
    package static let selectBlocksOfTrace = text(PackageResources.select_blocks_of_trace_sql)
    package static let selectContent = text(PackageResources.select_content_sql)
    package static let selectContentByHash = text(PackageResources.select_content_by_hash_sql)
    package static let selectContentIDs = text(PackageResources.select_content_ids_sql)
    package static let selectContentRows = text(PackageResources.select_content_rows_sql)
    package static let selectContext = text(PackageResources.select_context_sql)
    package static let selectContextIDs = text(PackageResources.select_context_ids_sql)
    package static let selectContexts = text(PackageResources.select_contexts_sql)
    package static let selectDemotedFields = text(PackageResources.select_demoted_fields_sql)
    package static let selectFirstRollup = text(PackageResources.select_first_rollup_sql)
    package static let selectLastTrace = text(PackageResources.select_last_trace_sql)
    package static let selectLayout = text(PackageResources.select_layout_sql)
    package static let selectLayoutSlots = text(PackageResources.select_layout_slots_sql)
    package static let selectLayoutsByHash = text(PackageResources.select_layouts_by_hash_sql)
    package static let selectLogBody = text(PackageResources.select_log_body_sql)
    package static let selectLogCount = text(PackageResources.select_log_count_sql)
    package static let selectLogID = text(PackageResources.select_log_id_sql)
    package static let selectLogs = text(PackageResources.select_logs_sql)
    package static let selectLogsOfTrace = text(PackageResources.select_logs_of_trace_sql)
    package static let selectLongLogs = text(PackageResources.select_long_logs_sql)
    package static let selectMetricID = text(PackageResources.select_metric_id_sql)
    package static let selectMetricPointCount = text(PackageResources.select_metric_point_count_sql)
    package static let selectMetricPoints = text(PackageResources.select_metric_points_sql)
    package static let selectMetricTotal = text(PackageResources.select_metric_total_sql)
    package static let selectMetrics = text(PackageResources.select_metrics_sql)
    package static let selectObjectCounts = text(PackageResources.select_object_counts_sql)
    package static let selectObjects = text(PackageResources.select_objects_sql)
    package static let selectOldMetricPointCount = text(PackageResources.select_old_metric_point_count_sql)
    package static let selectOperation = text(PackageResources.select_operation_sql)
    package static let selectOperations = text(PackageResources.select_operations_sql)
    package static let selectOperationsByHash = text(PackageResources.select_operations_by_hash_sql)
    package static let selectResourceID = text(PackageResources.select_resource_id_sql)
    package static let selectResources = text(PackageResources.select_resources_sql)
    package static let selectRetention = text(PackageResources.select_retention_sql)
    package static let selectRollupGroups = text(PackageResources.select_rollup_groups_sql)
    package static let selectRollups = text(PackageResources.select_rollups_sql)
    package static let selectSameMetricPoint = text(PackageResources.select_same_metric_point_sql)
    package static let selectScopeID = text(PackageResources.select_scope_id_sql)
    package static let selectSeries = text(PackageResources.select_series_sql)
    package static let selectSeriesByHash = text(PackageResources.select_series_by_hash_sql)
    package static let selectSource = text(PackageResources.select_source_sql)
    package static let selectSourceID = text(PackageResources.select_source_id_sql)
    package static let selectSpanExtras = text(PackageResources.select_span_extras_sql)
    package static let selectSpanIDs = text(PackageResources.select_span_ids_sql)
    package static let selectSpanKin = text(PackageResources.select_span_kin_sql)
    package static let selectSpanRow = text(PackageResources.select_span_row_sql)
    package static let selectSpanTimes = text(PackageResources.select_span_times_sql)
    package static let selectSummary = text(PackageResources.select_summary_sql)
    package static let selectTextRows = text(PackageResources.select_text_rows_sql)
    package static let selectTraceID = text(PackageResources.select_trace_id_sql)
    package static let selectTraceIDs = text(PackageResources.select_trace_ids_sql)
    package static let selectTraceNumber = text(PackageResources.select_trace_number_sql)
    package static let selectTraceRows = text(PackageResources.select_trace_rows_sql)
    package static let selectTraceSizes = text(PackageResources.select_trace_sizes_sql)
    package static let selectUnsealedTrace = text(PackageResources.select_unsealed_trace_sql)
    package static let selectUnsealedTraces = text(PackageResources.select_unsealed_traces_sql)
    package static let selectValueRows = text(PackageResources.select_value_rows_sql)
    package static let updateBlockRemoved = text(PackageResources.update_block_removed_sql)
    package static let updateLastTrace = text(PackageResources.update_last_trace_sql)
    package static let updateSpanTexts = text(PackageResources.update_span_texts_sql)

    /// Every query that answers questions, for tests of their plans.
    package static let queries = [
        selectAttributeKeys, selectBlock, selectBlockColumn, selectBlockIDs, selectBlocks, selectBlocksOfTrace,
        selectContent, selectContentByHash, selectContext, selectContexts, selectDemotedFields, selectFirstRollup,
        selectLastTrace, selectLayout, selectLayoutSlots, selectLayoutsByHash, selectLogBody, selectLogCount,
        selectLogID, selectLogsOfTrace, selectLongLogs, selectMetricID, selectMetricPoints, selectMetricTotal,
        selectMetrics,
        selectObjectCounts, selectObjects, selectOldMetricPointCount, selectOperation,
        selectOperations, selectOperationsByHash, selectResourceID, selectResources, selectRetention,
        selectRollupGroups, selectRollups, selectSameMetricPoint, selectScopeID, selectSeries, selectSeriesByHash,
        selectSource, selectSourceID, selectSpanExtras,
        selectSpanIDs, selectSpanKin, selectSpanRow, selectSpanTimes, selectSummary, selectTextRows, selectTraceID,
        selectTraceIDs, selectTraceNumber, selectTraceRows, selectUnsealedTrace, selectUnsealedTraces,
        selectValueRows,
    ]

    /// `attribute_aliases.tsv`.
    package static var attributeAliases: String { text(PackageResources.attribute_aliases_tsv) }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
