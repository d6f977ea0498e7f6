import Foundation
import Mustache

extension ReportDocument {
    /// As one HTML file that needs no other and runs no script.
    ///
    /// The template gets texts that are escaped already: the library escapes character by character, and misses signs that carry a
    /// combining mark.
    ///
    /// - Throws: What the template library throws of a template that is not one: a fault of this program's.
    package func html(_ style: TextStyle) throws -> String {
        let template = try MustacheTemplate(string: String(decoding: PackageResources.report_mustache, as: UTF8.self))
        var fields: [String: Any] = [
            "title": title.escapedForMarkup, "subtitle": subtitle.escapedForMarkup,
            "blocks": blocks.enumerated().map { Self.fields(of: $1, number: $0, style) },
        ]
        if hasContents {
            let chapters = blocks.enumerated().compactMap { number, block -> [String: Any]? in
                guard case .heading(let text, isPart: false) = block else { return nil }
                return Self.chapter(text, number)
            }
            fields["contents"] = ["chapters": chapters]
        }
        return template.render(fields)
    }

    private static func chapter(_ text: String, _ number: Int) -> [String: Any] {
        ["title": text.escapedForMarkup, "id": "c\(number)"]
    }

    /// What the template asks of a block.
    ///
    /// - Parameter number: Of the block, by which it can be gone to.
    private static func fields(of block: Block, number: Int, _ style: TextStyle) -> [String: Any] {
        switch block {
        case .heading(let text, isPart: true): ["part": text.escapedForMarkup]
        case .heading(let text, isPart: false): ["chapter": chapter(text, number)]
        case .text(let text): ["paragraph": ["words": words(text)]]
        case .list(let items): ["list": ["items": items.map { ["words": words($0)] }]]
        case .columns(let text): ["columns": text.escapedForMarkup]
        case .picture(let picture): ["picture": picture.svg]
        case .panels(let panels):
            [
                "panels": [
                    "panel": panels.map {
                        [
                            "title": $0.title.escapedForMarkup, "svg": $0.picture.svg,
                            "command": $0.command.escapedForMarkup,
                        ]
                    }
                ]
            ]
        case .command(let command): ["command": command.escapedForMarkup]
        case .table(let table):
            [
                "table": [
                    "columns": table.columns.map {
                        ["title": $0.title.escapedForMarkup, "isNumber": $0.unit.isOnRight] as [String: Any]
                    },
                    "rows": table.rows.map { row in
                        [
                            "cells": zip(row, table.columns).map { cell, column in
                                [
                                    "text": HumanText.cell(cell, column.unit, style).escapedForMarkup,
                                    "isNumber": column.unit.isOnRight,
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
            ["text": part.escapedForMarkup, "isCode": !place.isMultiple(of: 2)]
        }
    }
}
