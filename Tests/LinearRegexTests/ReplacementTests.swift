import LinearRegex
import Testing

@Suite struct Replacing {
    /// As Python's re.sub with alternatives in order of length; the last two are leftmost-longest where Python takes the
    /// first alternative.
    @Test(
        arguments: [
            ("[a-z]+@[a-z.]+", "mail bob@x.org or eve@y.net", "mail # or #", 2), ("a", "banana", "b#n#n#", 3),
            ("\\d{3}", "1234567", "##7", 2), ("x*", "axxbx", "a#b#", 2), ("", "abc", "abc", 0), ("z", "abc", "abc", 0),
            ("^a", "aaa", "#aa", 1), ("a$", "aaa", "aa#", 1), ("\\bsk-\\w+\\b", "sk-1 ask-2 sk-3", "# ask-2 #", 2),
            ("(?i)key", "Key kEY", "# #", 2), (".", "é\u{1F600}", "##", 2), (".*", "one\ntwo", "#\n#", 2),
            ("a|ab", "abab", "##", 2), ("ab|abcd|bc", "abcdbc", "##", 2),
        ])
    func takesTheLongestOfTheFirst(_ pattern: String, _ text: String, _ expected: String, _ count: Int) throws {
        let replaced = try RegexReplacement(pattern).replace(in: text, by: "#")
        #expect(replaced.text == expected && replaced.count == count)
    }

    /// Every place looks for an end that is not there, and every match is looked for to the end of the text.
    @Test(.timeLimit(.minutes(1)), arguments: ["(a*)*b", "a|a.*b", "(a|aa)+$c|a"])
    func takesBoundedTime(_ pattern: String) throws {
        let text = String(repeating: "a", count: 1_500)
        let replaced = try RegexReplacement(pattern).replace(in: text, by: "")
        #expect(replaced.text.count + replaced.count == 1_500)
    }

    @Test func aMatchIsCutAtItsBound() throws {
        let replaced = try RegexReplacement("a+").replace(in: String(repeating: "a", count: 1_500), by: "#")
        #expect(replaced.count == 2 && replaced.text == "##")
    }
}
