namespace CustomerService;

/// <summary>Limits of the protocol, in one place for rules, hubs and tests.</summary>
public static class Limits
{
    /// <summary>Longest text of a message, note or comment, in UTF-16 code units; the protocol's figure.</summary>
    public const int TextLengthMax = 4_000;

    /// <summary>Longest id a client may send, in characters; the protocol's figure.</summary>
    public const int IdLengthMax = 64;

    /// <summary>Longest name, in UTF-16 code units.</summary>
    public const int NameLengthMax = 100;

    /// <summary>Longest reason of a close, in UTF-16 code units.</summary>
    public const int ReasonLengthMax = 500;

    /// <summary>Most events in one answer; the protocol's figure.</summary>
    public const int PageEventsMax = 200;

    /// <summary>Events in a Resume answer that could not recover; the protocol's figure.</summary>
    public const int LatestEvents = 50;

    /// <summary>Most files of one message: what fits on a phone's screen.</summary>
    public const int AttachmentsMax = 10;

    /// <summary>Longest name of a file, in UTF-16 code units.</summary>
    public const int FileNameLengthMax = 120;

    /// <summary>Most tags on a conversation: what a person still takes in at a glance.</summary>
    public const int TagsMax = 20;

    /// <summary>Longest tag, in UTF-16 code units.</summary>
    public const int TagLengthMax = 40;

    /// <summary>Longest snooze, in days: beyond it a reminder belongs into a calendar.</summary>
    public const int SnoozeDaysMax = 90;

    /// <summary>Longest wrap-up time, in seconds: an hour; what takes longer is a status of its own.</summary>
    public const int WrapUpSecondsMax = 3_600;

    /// <summary>Most changes of wording that a conversation keeps: beyond it a message is removed, not rewritten.</summary>
    public const int EditsMax = 200;

    /// <summary>Pages of a visitor's trail: where it came from in this visit, not its history.</summary>
    public const int PagesMax = 20;

    /// <summary>Longest address of a page of the trail, in UTF-16 code units.</summary>
    public const int PageUrlLengthMax = 500;

    /// <summary>Longest title of a page of the trail, in UTF-16 code units.</summary>
    public const int PageTitleLengthMax = 200;

    /// <summary>Unsent text that agents see at most, in UTF-16 code units: what fits below a conversation.</summary>
    public const int UnsentTextLengthMax = 500;

    /// <summary>Most custom fields that a site defines of its customers.</summary>
    public const int CustomerFieldsMax = 20;

    /// <summary>Longest value of a customer's field, in UTF-16 code units.</summary>
    public const int CustomerValueLengthMax = 500;

    /// <summary>Most fields of a pre-chat form.</summary>
    public const int FormFieldsMax = 32;
}
