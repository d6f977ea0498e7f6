import Foundation
import Mustache

extension ReportDocument {
    /// As one HTML file that needs no other and runs no script.
    ///
    /// - Throws: What the template library throws of a template that is not one: a fault of this program's.
    package func html(_ style: TextStyle) throws -> String {
        let template = try MustacheTemplate(string: String(decoding: PackageResources.report_mustache, as: UTF8.self))
        return template.render([
            "title": title, "subtitle": subtitle, "blocks": blocks.map { Self.fields(of: $0, style) },
        ])
    }

    /// What the template asks of a block.
    private static func fields(of block: Block, _ style: TextStyle) -> [String: Any] {
        switch block {
        case .heading(let text, let isPart): [isPart ? "part" : "chapter": text]
        case .text(let text): ["paragraph": ["words": words(text)]]
        case .list(let items): ["list": ["items": items.map { ["words": words($0)] }]]
        case .columns(let text): ["columns": text]
        case .picture(let picture): ["picture": picture.svg]
        case .command(let command): ["command": command]
        case .table(let table):
            [
                "table": [
                    "columns": table.columns.map {
                        ["title": $0.title, "isNumber": $0.unit.isOnRight] as [String: Any]
                    },
                    "rows": table.rows.map { row in
                        [
                            "cells": zip(row, table.columns).map { cell, column in
                                [
                                    "text": HumanText.cell(cell, column.unit, style), "isNumber": column.unit.isOnRight,
                                ] as [String: Any]
                            }
                        ]
                    },
                ] as [String: Any]
            ]
        }
    }

    /// Text and code in turns.
    private static func words(_ text: String) -> [[String: Any]] {
        text.components(separatedBy: "`").enumerated().map { place, part in
            ["text": part, "isCode": !place.isMultiple(of: 2)]
        }
    }
}
