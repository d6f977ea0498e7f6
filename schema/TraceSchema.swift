/// The store's SQL and its attribute aliases, embedded in the program.
package enum TraceSQL {
    /// Written to `PRAGMA application_id`: 'ttaq' in ASCII.
    package static let applicationID: Int32 = 0x7474_6171
    /// Written to `PRAGMA user_version`.
    package static let version: Int32 = 1

    /// What makes an empty file a store, in order.
    package static var migrations: [String] {
        [text(PackageResources.m0001_tables_sql), text(PackageResources.v0001_spans_sql)]
    }

    package static let selectObjectCounts = text(PackageResources.select_object_counts_sql)

    package static let insertResource = text(PackageResources.insert_resource_sql)
    package static let selectResourceID = text(PackageResources.select_resource_id_sql)
    package static let insertScope = text(PackageResources.insert_scope_sql)
    package static let selectScopeID = text(PackageResources.select_scope_id_sql)
    package static let insertOperation = text(PackageResources.insert_operation_sql)
    package static let selectOperationID = text(PackageResources.select_operation_id_sql)
    package static let insertContext = text(PackageResources.insert_context_sql)
    package static let selectContextID = text(PackageResources.select_context_id_sql)
    package static let insertSpan = text(PackageResources.insert_span_sql)
    package static let insertSpanDetail = text(PackageResources.insert_span_detail_sql)
    package static let insertAttributeKey = text(PackageResources.insert_attribute_key_sql)
    package static let selectUnfinishedSpan = text(PackageResources.select_unfinished_span_sql)
    package static let deleteSpan = text(PackageResources.delete_span_sql)
    package static let deleteSpanDetail = text(PackageResources.delete_span_detail_sql)

    package static let selectSummary = text(PackageResources.select_summary_sql)
    package static let selectStartRange = text(PackageResources.select_start_range_sql)
    package static let selectAttributeKeys = text(PackageResources.select_attribute_keys_sql)
    package static let selectOperations = text(PackageResources.select_operations_sql)
    package static let selectContexts = text(PackageResources.select_contexts_sql)
    package static let selectResources = text(PackageResources.select_resources_sql)
    package static let selectScopes = text(PackageResources.select_scopes_sql)
    package static let selectSpansInWindow = text(PackageResources.select_spans_in_window_sql)
    package static let selectSpansWithDetailInWindow = text(PackageResources.select_spans_with_detail_in_window_sql)
    package static let selectSpansByTrace = text(PackageResources.select_spans_by_trace_sql)
    package static let selectTrace = text(PackageResources.select_trace_sql)
    package static let selectTraceIDs = text(PackageResources.select_trace_ids_sql)
    package static let selectSpanOwners = text(PackageResources.select_span_owners_sql)

    /// `attribute_aliases.tsv`.
    package static var attributeAliases: String { text(PackageResources.attribute_aliases_tsv) }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
