namespace CustomerService.Conversations;

/// <summary>A file of a message, as stored and as sent. Its bytes are had by a link, which expires.</summary>
/// <param name="Id">Its id, which nobody can guess; by itself it opens nothing.</param>
/// <param name="Name">Name as shown: no path, no control or direction characters, 120 UTF-16 code units at most.</param>
/// <param name="Type">Media type found in its bytes, such as <c>image/png</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Width">Of an image, pixels.</param>
/// <param name="Height">Of an image, pixels.</param>
/// <param name="Preview">Whether there is a small picture of it.</param>
[GenerateSerializer, Immutable, Alias("attachment")]
public sealed record Attachment(
    [property: Id(0)] string Id,
    [property: Id(1)] string Name,
    [property: Id(2)] string Type,
    [property: Id(3)] long Bytes,
    [property: Id(4)] int? Width = null,
    [property: Id(5)] int? Height = null,
    [property: Id(6)] bool? Preview = null);
