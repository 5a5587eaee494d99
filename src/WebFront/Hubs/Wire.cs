using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CustomerService.Agents;
using CustomerService.Conversations;

namespace CustomerService.WebFront.Hubs;

/// <summary>How things look on the wire, for hubs and REST alike: camelCase names, UTC times, words for enum values,
/// and nothing for what is null.</summary>
public static class Wire
{
    /// <summary>Ends each frame of a hub.</summary>
    public const byte FrameEnd = 0x1e;

    /// <summary>Longest time in bytes, and room to make it in.</summary>
    public const int TimeBytesMax = 32;

    /// <summary>As <see cref="Configure"/>, for what is written by hand.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>As <see cref="Configure"/> sets them up.</summary>
    public static JsonSerializerOptions Options { get; } = Configured();

    /// <summary>Sets the given options up.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        // Chinese text as itself, not as escapes: a third of the bytes. The receiver parses JSON, it is no HTML.
        options.Encoder = WriterOptions.Encoder;
        options.MaxDepth = 16;
        options.Converters.Add(new JsonStringEnumConverter<RefusalCode>(null, allowIntegerValues: false));
        options.Converters.Add(
            new JsonStringEnumConverter<ConversationState>(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(
            new JsonStringEnumConverter<AgentStatus>(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new UtcTime());
    }

    private static JsonSerializerOptions Configured()
    {
        var options = new JsonSerializerOptions();
        Configure(options);
        return options;
    }

    /// <summary>A time as it looks on the wire: UTC, to the microsecond, without zeros at the end.</summary>
    /// <returns>Bytes used.</returns>
    public static int Format(DateTimeOffset value, Span<byte> text)
    {
        // 2026-03-02T09:04:40.1234567Z: the round-trip format has a fast way of its own.
        Utf8Formatter.TryFormat(value.UtcDateTime, text, out var length, 'O');
        var end = length - 2; // Without the last digit and the Z.
        while (text[end - 1] == '0')
            end--;
        if (text[end - 1] == '.')
            end--;
        text[end++] = (byte)'Z';
        return end;
    }

    private sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().ToUniversalTime();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            Span<byte> text = stackalloc byte[TimeBytesMax];
            writer.WriteStringValue(text[..Format(value, text)]);
        }
    }
}
