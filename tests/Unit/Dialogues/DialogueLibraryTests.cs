using CustomerService.Dialogues;

namespace CustomerService.Unit.Tests.Dialogues;

public sealed class DialogueLibraryTests
{
    private static readonly IReadOnlyList<Dialogue> s_all = DialogueLibrary.Load();

    [Fact]
    public void There_are_sixty_or_more() => Assert.True(s_all.Count >= 60, $"Only {s_all.Count}.");

    [Theory]
    [InlineData("zh-CN", 30)]
    [InlineData("en", 25)]
    public void Both_languages_are_well_served(string locale, int countMin) =>
        Assert.True(s_all.Count(d => d.Locale == locale) >= countMin);

    [Fact]
    public void Chinese_dialogues_hold_Chinese_and_some_dialogues_mix()
    {
        static bool IsHan(char unit) => unit is >= '\u4e00' and <= '\u9fff';
        static bool AnyHan(Dialogue d) => d.Turns.Any(turn => turn.Text.Any(IsHan));

        Assert.All(s_all.Where(d => d.Locale == "zh-CN"), d => Assert.True(AnyHan(d), d.Id));
        Assert.Contains(s_all, d => d.Locale == "en" && AnyHan(d));
    }

    [Fact]
    public void At_least_a_dozen_industries_occur() =>
        Assert.True(s_all.Select(d => d.Industry).Distinct().Count() >= 12);

    [Fact]
    public void Every_dialogue_has_eight_messages_or_more_and_both_sides_speak() => Assert.All(s_all, d =>
    {
        Assert.True(d.Turns.Count(turn => turn.By != DialogueTurnBy.Note) >= 8, d.Id);
        Assert.Contains(d.Turns, turn => turn.By == DialogueTurnBy.Agent);
    });

    [Fact]
    public void All_queues_notes_transfers_and_ratings_occur()
    {
        Assert.Equal(DialogueParser.Queues.Order(), s_all.Select(d => d.Queue).Distinct().Order());
        Assert.Contains(s_all, d => d.Turns.Any(turn => turn.By == DialogueTurnBy.Note));
        Assert.True(s_all.Count(d => d.Transfer is not null) >= 5);
        Assert.True(s_all.Count(d => d.Rating?.Comment is not null) >= 10);
    }

    [Fact]
    public void No_text_occurs_twice()
    {
        // A library that repeats itself would make search, deduplication and load tests look better than they are.
        var twice = s_all.SelectMany(d => d.Turns.Select(turn => turn.Text)).Where(text => text.Length > 20)
            .GroupBy(text => text).Where(group => group.Count() > 1).Select(group => group.Key);
        Assert.Empty(twice);
    }

    [Fact]
    public void No_text_holds_a_number_long_enough_to_be_someones()
    {
        // Orders, cards and phones are masked with asterisks, so that no number can belong to anyone.
        var unmasked = s_all.SelectMany(d => d.Turns).Select(turn => turn.Text)
            .Where(text => System.Text.RegularExpressions.Regex.IsMatch(text, "[0-9]{7,}"));
        Assert.Empty(unmasked);
    }

    [Fact]
    public void Loading_twice_gives_the_same_order() =>
        Assert.Equal(s_all.Select(d => d.Id), DialogueLibrary.Load().Select(d => d.Id));
}
