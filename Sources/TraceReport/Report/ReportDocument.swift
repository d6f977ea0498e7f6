/// A report as what it says, whatever it is written as.
package struct ReportDocument: Sendable {
    package enum Block: Sendable {
        /// A chapter, or a part of one.
        case heading(String, isPart: Bool)
        /// Words; what stands between backticks is code.
        case text(String)
        case list([String])
        case table(ResultTable)
        /// Text whose columns matter.
        case columns(String)
        case picture(Picture)
        /// How to ask for the numbers above again.
        case command(String)
    }

    package struct Picture: Sendable {
        /// An SVG element; everything in it is made by this program, and texts are escaped.
        let svg: String
        /// The same for those who see no picture.
        let text: String
    }

    package let title: String
    /// Under the title: of what, and when.
    package let subtitle: String
    package var blocks: [Block] = []

    package init(title: String, subtitle: String) {
        self.title = title
        self.subtitle = subtitle
    }

    package mutating func add(_ blocks: Block...) { self.blocks += blocks }
}
