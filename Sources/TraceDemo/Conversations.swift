import TTAPrimitives

/// What customers ask, and what they are told.
enum Topic: String, CaseIterable, Sendable {
    case refundRequest = "refund_request"
    case orderStatus = "order_status"
    case productQuestion = "product_question"

    /// The agent that knows about it.
    var agent: String {
        switch self {
        case .refundRequest: "refunds"
        case .orderStatus: "orders"
        case .productQuestion: "products"
        }
    }

    /// The turns of a conversation: what may be asked, and the answer to it.
    var turns: [(questions: [String], answer: String)] {
        switch self {
        case .refundRequest: Self.refunds
        case .orderStatus: Self.orders
        case .productQuestion: Self.products
        }
    }

    private static let refunds: [(questions: [String], answer: String)] = [
        (
            [
                "I want my money back for order %.", "Please refund order %, the cup came broken.",
                "How do I return order %?", "Order % is not what I ordered. Can I have a refund?",
            ],
            "Order % was delivered on Tuesday and can be refunded until Friday. Shall I start the refund now? The money goes "
                + "back to the card that you paid with, mostly within three working days."
        ),
        (
            ["Yes, please.", "Do it.", "Yes, and who pays for the parcel?"],
            "The refund of order % has been started. You will get a label by mail; the parcel costs you nothing. Please hand it "
                + "in within fourteen days."
        ),
        (
            ["I have no printer.", "Can I get a voucher instead?", "How long will it take?"],
            "No printer is needed: any parcel shop takes the code from the mail. The money for order % arrives three working "
                + "days after the parcel does, a voucher within the hour."
        ),
    ]

    private static let orders: [(questions: [String], answer: String)] = [
        (
            ["Where is my parcel?", "When will order % arrive?", "Has order % left yet?", "Order % is late."],
            "Order % left the depot this morning and arrives tomorrow between nine and noon. You can follow it with the number "
                + "in your mail."
        ),
        (
            ["Nobody is home then.", "Can it go to my neighbour?", "Could it come in the evening?"],
            "I have noted for order % that it may be left with a neighbour on the same floor. A change of day costs nothing until "
                + "eight in the evening."
        ),
        (
            ["Thanks. Which carrier is it?", "And the second parcel?", "Who do I call if it does not come?"],
            "Order % comes in one parcel, by the city's own carrier. If it is not there by noon, write to me here and I will send "
                + "another one at once."
        ),
        (
            ["All right, thank you.", "Good.", "Can you send me that by mail?"],
            "You are welcome. A mail with the number, the day and the carrier of order % is on its way to you."
        ),
    ]

    private static let products: [(questions: [String], answer: String)] = [
        (
            [
                "Does the kettle switch itself off?", "Is the kettle safe for children?",
                "How loud is the kettle?", "Which plug does the kettle have?", "How long does the kettle take to boil?",
                "Can the kettle be descaled with vinegar?",
            ],
            "Yes, the kettle switches itself off thirty seconds after it boils, and as soon as it is lifted. The lid locks while "
                + "it is hot. A litre takes two and a half minutes."
        ),
        (
            ["Does it come in green?", "And how much does it weigh?", "Is there a larger one?"],
            "There is a litre and a half, too, in green, white and steel. The larger one weighs a kilogram without water."
        ),
    ]
}

/// One question of a conversation, with what was said before, and what has been found out since.
struct Turn: Sendable {
    let topic: Topic
    let customer: String
    let order: String
    let question: String
    let history: [ModelMessage]
    let answer: String
    var findings: [String] = []

    var messages: [ModelMessage] {
        let rules = "You answer for the support desk of a shop for kitchen things. Be brief and kind, promise nothing."
        let known = findings.isEmpty ? "" : " Known: " + findings.joined(separator: "; ") + "."
        return [ModelMessage(.system, rules + known)] + history + [ModelMessage(.user, question)]
    }
}
