using System.Collections.Immutable;

namespace CustomerService.Dialogues;

/// <summary>A written customer-service conversation: data to play, never the record of a real one.</summary>
/// <param name="Id">Unique in the library and the file's name without its extension.</param>
/// <param name="Locale">The widget's language: <c>zh-CN</c> or <c>en</c>. The texts may mix languages.</param>
/// <param name="Industry">The field it plays in, in lower case, words joined by hyphens: <c>e-commerce</c>.</param>
/// <param name="Subject">What it is about, in one line, in the dialogue's language.</param>
/// <param name="Queue">Id of the queue it enters by: one of <see cref="DialogueParser.Queues"/>.</param>
/// <param name="Visitor">Who asks.</param>
/// <param name="Agent">Who answers first. After a transfer another agent may.</param>
/// <param name="Turns">In order, the first by the visitor; at least eight of them are not notes.</param>
/// <param name="Transfer">The hand-over to another queue, if there is one.</param>
/// <param name="Rating">What the visitor gives after the close, if anything.</param>
public sealed record Dialogue(
    string Id,
    string Locale,
    string Industry,
    string Subject,
    string Queue,
    DialoguePerson Visitor,
    DialoguePerson Agent,
    ImmutableArray<DialogueTurn> Turns,
    DialogueTransfer? Transfer = null,
    DialogueRating? Rating = null);

/// <summary>An invented person.</summary>
/// <param name="Name">The name to show, 1 to 64 UTF-16 units.</param>
public sealed record DialoguePerson(string Name);

/// <summary>One message, or one internal note.</summary>
/// <param name="By">Who writes it, and so who may see it.</param>
/// <param name="Text">1 to 4,000 UTF-16 units, not blank.</param>
/// <param name="ThinkSeconds">
/// Reading, thinking and typing time between the turn before and this one, 0 to 600 seconds. A player may scale it.
/// </param>
public sealed record DialogueTurn(DialogueTurnBy By, string Text, int ThinkSeconds);

/// <summary>Who writes a turn.</summary>
public enum DialogueTurnBy
{
    /// <summary>The visitor, for all to see.</summary>
    Visitor,

    /// <summary>The agent who has the conversation, for all to see.</summary>
    Agent,

    /// <summary>The agent who has the conversation, for agents only.</summary>
    Note,
}

/// <summary>The hand-over of a conversation to another queue.</summary>
/// <param name="AfterTurn">How many turns, notes included, come before it: 1 to one less than all of them.</param>
/// <param name="ToQueue">Id of the queue that takes it, another than the one it entered by.</param>
/// <param name="Note">What the next agent should know, never shown to the visitor; 1 to 4,000 UTF-16 units.</param>
public sealed record DialogueTransfer(int AfterTurn, string ToQueue, string Note);

/// <summary>What the visitor thinks of it afterwards.</summary>
/// <param name="Score">1 (worst) to 5 (best).</param>
/// <param name="Comment">A remark of 1 to 1,000 UTF-16 units, or none.</param>
public sealed record DialogueRating(int Score, string? Comment = null);
