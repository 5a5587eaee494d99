using System.Text;
using System.Text.Json.Nodes;
using CustomerService.Dialogues;

namespace CustomerService.Unit.Tests.Dialogues;

public sealed class DialogueParserTests
{
    private const string File = "en/sample.json";

    private static JsonObject Good() => JsonNode.Parse("""
        {
          "id": "sample", "locale": "en", "industry": "bank", "subject": "A card", "queue": "default",
          "visitor": {"name": "Ada"}, "agent": {"name": "Ben"},
          "turns": [
            {"by": "visitor", "text": "one", "thinkSeconds": 0},
            {"by": "agent", "text": "two", "thinkSeconds": 1},
            {"by": "visitor", "text": "three", "thinkSeconds": 2},
            {"by": "note", "text": "a note", "thinkSeconds": 2},
            {"by": "agent", "text": "four", "thinkSeconds": 3},
            {"by": "visitor", "text": "five", "thinkSeconds": 4},
            {"by": "agent", "text": "six", "thinkSeconds": 5},
            {"by": "visitor", "text": "seven", "thinkSeconds": 6},
            {"by": "agent", "text": "eight", "thinkSeconds": 600}
          ],
          "transfer": {"afterTurn": 4, "toQueue": "billing", "note": "please"},
          "rating": {"score": 5, "comment": "fine"}
        }
        """)!.AsObject();

    private static Dialogue Parse(JsonObject json, string file = File) =>
        DialogueParser.Parse(file, Encoding.UTF8.GetBytes(json.ToJsonString()));

    [Fact]
    public void A_good_file_is_read_whole()
    {
        var dialogue = Parse(Good());

        Assert.Equal(("sample", "en", "bank", "A card", "default"),
            (dialogue.Id, dialogue.Locale, dialogue.Industry, dialogue.Subject, dialogue.Queue));
        Assert.Equal(("Ada", "Ben"), (dialogue.Visitor.Name, dialogue.Agent.Name));
        Assert.Equal(9, dialogue.Turns.Length);
        Assert.Equal(new DialogueTurn(DialogueTurnBy.Note, "a note", 2), dialogue.Turns[3]);
        Assert.Equal(new DialogueTransfer(4, "billing", "please"), dialogue.Transfer);
        Assert.Equal(new DialogueRating(5, "fine"), dialogue.Rating);
    }

    [Fact]
    public void Transfer_and_rating_may_be_absent()
    {
        var json = Good();
        json.Remove("transfer");
        json.Remove("rating");
        var dialogue = Parse(json);
        Assert.Null(dialogue.Transfer);
        Assert.Null(dialogue.Rating);
    }

    private static string Smiles(int count) => string.Concat(Enumerable.Repeat("😀", count));

    private static void GrowTo(int count, JsonArray turns)
    {
        while (turns.Count < count)
            turns.Add(turns[1]!.DeepClone());
    }

    public static TheoryData<string, Action<JsonObject>> BadFiles => new()
    {
        { "mood", d => d["mood"] = "angry" },
        { "emotion", d => d["turns"]![0]!["emotion"] = "angry" },
        { "stars", d => d["rating"]!["stars"] = 5 },
        { "subject", d => d.Remove("subject") },
        { "thinkSeconds", d => d["turns"]![2]!.AsObject().Remove("thinkSeconds") },
        { "text", d => d["turns"]![2]!["text"] = null },
        { "turns[1] is null", d => d["turns"]![1] = null },
        { "turns", d => d["turns"] = null },
        { "turns[2].text is blank", d => d["turns"]![2]!["text"] = " \n " },
        { "turns[2].text is blank", d => d["turns"]![2]!["text"] = "" },
        { "turns[2].text has 4001 UTF-16 units", d => d["turns"]![2]!["text"] = new string('x', 4_001) },
        // A character outside the basic plane counts two: 2,001 of them are too many.
        { "turns[2].text has 4002 UTF-16 units", d => d["turns"]![2]!["text"] = Smiles(2_001) },
        { "turns[2].thinkSeconds is -1", d => d["turns"]![2]!["thinkSeconds"] = -1 },
        { "turns[2].thinkSeconds is 601", d => d["turns"]![2]!["thinkSeconds"] = 601 },
        { "by", d => d["turns"]![2]!["by"] = "robot" },
        { "by", d => d["turns"]![2]!["by"] = 0 },
        { "has 7 turns that are not notes", d => d["turns"]!.AsArray().RemoveAt(8) },
        { "has 7 turns that are not notes", d => d["turns"]![8]!["by"] = "note" },
        { "a visitor begins", d => d["turns"]![0]!["by"] = "agent" },
        { "has 201 turns", d => GrowTo(201, d["turns"]!.AsArray()) },
        { "locale 'fr'", d => d["locale"] = "fr" },
        { "belong in a file 'zh-CN/sample.json'", d => d["locale"] = "zh-CN" },
        { "belong in a file 'en/other.json'", d => d["id"] = "other" },
        { "id is blank", d => d["id"] = "" },
        { "industry is blank", d => d["industry"] = " " },
        { "subject has 201", d => d["subject"] = new string('x', 201) },
        { "visitor.name is blank", d => d["visitor"]!["name"] = "" },
        { "agent.name has 65", d => d["agent"]!["name"] = new string('x', 65) },
        { "queue 'vip'", d => d["queue"] = "vip" },
        { "transfer.toQueue 'vip'", d => d["transfer"]!["toQueue"] = "vip" },
        { "where the dialogue already is", d => d["transfer"]!["toQueue"] = "default" },
        { "transfer.afterTurn is 0", d => d["transfer"]!["afterTurn"] = 0 },
        { "transfer.afterTurn is 9", d => d["transfer"]!["afterTurn"] = 9 },
        { "transfer.note is blank", d => d["transfer"]!["note"] = "" },
        { "rating.score is 0", d => d["rating"]!["score"] = 0 },
        { "rating.score is 6", d => d["rating"]!["score"] = 6 },
        { "rating.comment is blank", d => d["rating"]!["comment"] = "" },
    };

    [Theory]
    [MemberData(nameof(BadFiles), DisableDiscoveryEnumeration = true)]
    public void A_bad_file_is_refused_by_name(string expected, Action<JsonObject> spoil)
    {
        var json = Good();
        spoil(json);

        var refusal = Assert.Throws<DialogueFormatException>(() => Parse(json));

        Assert.Equal(File, refusal.File);
        Assert.Contains($"'{File}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"id\": \"a\", \"id\": \"b\"}")]
    [InlineData("{\"id\": \"sample\"")]
    public void What_is_not_a_dialogue_at_all_is_refused_by_name(string json)
    {
        var content = Encoding.UTF8.GetBytes(json);
        var refusal = Assert.Throws<DialogueFormatException>(() => DialogueParser.Parse(File, content));
        Assert.Contains($"'{File}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_text_is_accepted()
    {
        var json = Good();
        json["turns"]![2]!["text"] = new string('x', 4_000);
        Assert.Equal(4_000, Parse(json).Turns[2].Text.Length);
    }

    [Fact]
    public void Two_files_with_one_id_are_refused()
    {
        var english = Good();
        var chinese = Good();
        chinese["locale"] = "zh-CN";
        var files = new[] { ("en/sample.json", english), ("zh-CN/sample.json", chinese) }
            .Select(item => (item.Item1, Encoding.UTF8.GetBytes(item.Item2.ToJsonString())));

        var refusal = Assert.Throws<DialogueFormatException>(() => DialogueLibrary.Parse(files));

        Assert.Contains("zh-CN/sample.json", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("en/sample.json", refusal.Message, StringComparison.Ordinal);
    }
}
