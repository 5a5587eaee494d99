using System.Globalization;
using System.Text;
using CustomerService.Storage.Database;

namespace CustomerService.Storage.Conversations;

/// <summary>A place in an order of the list: what the line before it was ordered by. It stays good when that line moves or
/// goes.</summary>
internal readonly record struct ListCursor(ConversationOrder Order, long Priority, long At, string Id)
{
    /// <summary>The place right after a line.</summary>
    public static ListCursor After(ConversationOrder order, ConversationRow line, long activeAt) => order switch
    {
        ConversationOrder.Activity => new(order, 0, activeAt, line.Id),
        ConversationOrder.Waiting => new(order, 0, Times.ToMicros(line.EnqueuedAt), line.Id),
        _ => new(order, line.Priority, Times.ToMicros(line.EnqueuedAt), line.Id),
    };

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="InvalidCursorException">It is none of this order.</exception>
    public static ListCursor Parse(ConversationOrder order, string text)
    {
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var written))
            throw new InvalidCursorException();
        var given = Encoding.UTF8.GetString(bytes, 0, written);
        return (order, given.Split(' ', order switch
        {
            ConversationOrder.Activity => 2,
            ConversationOrder.Waiting => 3,
            _ => 4,
        })) switch
        {
            (ConversationOrder.Activity, [var at, var id]) => new(order, 0, Number(at), id),
            (ConversationOrder.Waiting, ["w", var at, var id]) => new(order, 0, Number(at), id),
            (ConversationOrder.Priority, ["p", var priority, var at, var id]) =>
                new(order, Number(priority), Number(at), id),
            _ => throw new InvalidCursorException(),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Convert.ToBase64String(Encoding.UTF8.GetBytes(Order switch
    {
        ConversationOrder.Activity => string.Create(CultureInfo.InvariantCulture, $"{At} {Id}"),
        ConversationOrder.Waiting => string.Create(CultureInfo.InvariantCulture, $"w {At} {Id}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"p {Priority} {At} {Id}"),
    }));

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidCursorException();
}
