using CustomerService.Conversations;

namespace CustomerService.Simulation.Runs;

/// <summary>An event in the words of docs/history-format.md: one fact and one content, the same for both audiences.</summary>
internal static class Facts
{
    public static (string Fact, string Content) Of(EventView view) => view.Type switch
    {
        "messagePosted" => ("message", view.Text ?? ""),
        "noteAdded" => ("note", view.Text ?? ""),
        "messageEdited" => ("edited", view.Text ?? ""),
        "noteEdited" => ("noteEdited", view.Text ?? ""),
        "messageRedacted" => ("redacted", ""),
        "noteRedacted" => ("noteRedacted", ""),
        "queued" => ("queued", view.Queue?.Id ?? ""),
        "assigned" => ("assigned", view.Agent?.Id ?? ""),
        "offered" => ("offered", view.Agent?.Id ?? ""),
        "declined" => ("declined", view.Agent?.Id ?? ""),
        "released" => ("released", view.Agent?.Id ?? ""),
        "transferred" => ("transferred", $"{view.Queue?.Id}>{view.Agent?.Id}"),
        "closed" => ("closed", view.By ?? ""),
        "reopened" => ("reopened", view.By ?? ""),
        "rated" => ("rated", $"{view.Score}"),
        "started" => ("started", ""),
        "reservationRefused" => ("refused", ""),
        _ => (view.Type, ""),
    };
}
