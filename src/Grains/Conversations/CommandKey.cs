using CustomerService.Conversations;
using CustomerService.Storage.Journal;

namespace CustomerService.Grains.Conversations;

/// <summary>Under which unique key a command's first event is stored, so that it is done once at most.</summary>
/// <param name="Author">Author key of who sent it, or <see cref="Reservations"/>.</param>
/// <param name="ClientId">The sender's id of it, or the reservation's.</param>
/// <param name="ContentHash">Hash of what it says.</param>
internal sealed record CommandKey(string Author, string ClientId, byte[] ContentHash)
{
    /// <summary>A reservation is used once: for an assignment or for its refusal. Both are stored under its id, so the
    /// one that comes second is refused by the journal itself, however late, and no list of refused ids must be kept.
    /// </summary>
    private const string Reservations = "reservation";

    public static CommandKey? Of(ConversationCommand command) => command switch
    {
        AssignConversation c => new CommandKey(Reservations, c.ReservationId, []),
        RefuseReservation c => new CommandKey(Reservations, c.ReservationId, []),
        { CommandId: { } id } => new CommandKey(command.By.Key, id, CommandChecks.ContentHash(command)),
        _ => null,
    };

    /// <summary>What a command is answered whose id is already stored; null: it was done.</summary>
    public Refusal? RefusalOf(ConversationCommand command, StoredEvent stored, Conversation now) => command switch
    {
        AssignConversation when !now.IsHeldBy(ClientId) =>
            new Refusal(RefusalCode.Conflict, "That reservation was used or refused before."),
        AssignConversation => null,
        RefuseReservation when now.IsHeldBy(ClientId) =>
            new Refusal(RefusalCode.Conflict, "This reservation holds it."),
        RefuseReservation => null,
        // What was removed is not compared any more: its sender is answered as it was the first time.
        _ when stored.ContentHash.IsEmpty => null,
        _ when !stored.ContentHash.Span.SequenceEqual(ContentHash) =>
            new Refusal(RefusalCode.Conflict, "This id was used with other content."),
        _ => null,
    };
}
