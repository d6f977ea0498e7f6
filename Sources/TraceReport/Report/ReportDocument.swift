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
        /// Pictures beside each other where there is room.
        case panels([Panel])
        /// How to ask for the numbers above again.
        case command(String)
    }

    package struct Picture: Sendable {
        /// An SVG element; everything in it is made by this program, and texts are escaped.
        let svg: String
        /// The same for those who see no picture.
        let text: String
    }

    /// A picture with what it shows and how to ask for it.
    package struct Panel: Sendable {
        let title: String
        let picture: Picture
        let command: String
    }

    package let title: String
    /// Under the title: of what, and when.
    package let subtitle: String
    package var blocks: [Block] = []
    /// Whether the chapters are named at the beginning of a page.
    package var hasContents = false

    package init(title: String, subtitle: String) {
        self.title = title
        self.subtitle = subtitle
    }

    package mutating func add(_ blocks: Block...) { self.blocks += blocks }
}
