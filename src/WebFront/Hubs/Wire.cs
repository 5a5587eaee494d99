using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CustomerService.Agents;
using CustomerService.Conversations;

namespace CustomerService.WebFront.Hubs;

/// <summary>How things look on the wire, for hubs and REST alike: camelCase names, UTC times, words for enum values,
/// and nothing for what is null.</summary>
public static class Wire
{
    /// <summary>Sets the given options up.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        // Chinese text as itself, not as escapes: a third of the bytes. The receiver parses JSON, it is no HTML.
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.MaxDepth = 16;
        options.Converters.Add(new JsonStringEnumConverter<RefusalCode>(null, allowIntegerValues: false));
        options.Converters.Add(
            new JsonStringEnumConverter<ConversationState>(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(
            new JsonStringEnumConverter<AgentStatus>(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new UtcTime());
    }

    private sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().ToUniversalTime();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            Span<byte> text = stackalloc byte[32];
            value.UtcDateTime.TryFormat(
                text, out var length, "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
            writer.WriteStringValue(text[..length]);
        }
    }
}
