using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CustomerService.Storage.Journal;

namespace CustomerService.Grains.Streams;

/// <summary>Events to stored bytes and back: the alias names the type, the data is JSON in camel case.</summary>
public sealed class EventCodec<TEvent>
    where TEvent : DomainEvent
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        // A stored member this program does not know was written by a newer one: read on, as the upgrade rules allow.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        // One that is missing where an event can't be without it is damage: folded as null it would harm quietly.
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Require } },
    };

    private static void Require(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
        {
            // Null is not written, and what was added later has a default.
            if (member.AssociatedParameter is { HasDefaultValue: false, IsNullable: false })
                member.IsRequired = true;
        }
    }

    private readonly FrozenDictionary<Type, string> _names;
    private readonly FrozenDictionary<string, Type> _types;

    private EventCodec()
    {
        var types = typeof(TEvent).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(TEvent)))
            .Select(type => (Type: type, Name: type.GetCustomAttribute<AliasAttribute>()?.Alias
                ?? throw new InvalidOperationException($"{type} has no [Alias], its stored name.")))
            .ToArray();
        _names = types.ToFrozenDictionary(pair => pair.Type, pair => pair.Name);
        _types = types.ToFrozenDictionary(pair => pair.Name, pair => pair.Type);
    }

    /// <summary>The one codec of this family of events.</summary>
    public static EventCodec<TEvent> Instance { get; } = new();

    /// <summary>Stored names of all events of the family, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. _types.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The event as it is to be stored.</summary>
    public NewEvent Encode(NewFact<TEvent> fact) =>
        new(_names[fact.Event.GetType()], fact.Event.At, Data(fact.Event))
        {
            VisitorSequence = fact.VisitorSequence,
            Author = fact.Author,
            ClientId = fact.ClientId,
            ContentHash = fact.ContentHash,
        };

    /// <summary>What is stored of it besides type, time and keys.</summary>
    public static byte[] Data(TEvent fact) => JsonSerializer.SerializeToUtf8Bytes(fact, fact.GetType(), Json);

    /// <summary>The stored event.</summary>
    /// <exception cref="StreamQuarantinedException">Its name is unknown or its data can't be read.</exception>
    public TEvent Decode(StoredEvent stored)
    {
        if (!_types.TryGetValue(stored.Type, out var type))
            throw new StreamQuarantinedException(stored, "its type is unknown to this program");
        try
        {
            var fact = (DomainEvent?)JsonSerializer.Deserialize(stored.Data.Span, type, Json)
                ?? throw new StreamQuarantinedException(stored, "its data is null");
            return (TEvent)(fact with { At = stored.At });
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new StreamQuarantinedException(stored, "its data can't be read", error);
        }
    }
}

/// <summary>An event to be appended and the keys it is stored under.</summary>
/// <param name="Event">The fact.</param>
public sealed record NewFact<TEvent>(TEvent Event)
    where TEvent : DomainEvent
{
    /// <inheritdoc cref="NewEvent.VisitorSequence"/>
    public long? VisitorSequence { get; init; }

    /// <inheritdoc cref="NewEvent.Author"/>
    public string? Author { get; init; }

    /// <inheritdoc cref="NewEvent.ClientId"/>
    public string? ClientId { get; init; }

    /// <inheritdoc cref="NewEvent.ContentHash"/>
    public ReadOnlyMemory<byte> ContentHash { get; init; }
}

/// <summary>A stream holds an event that can't be folded: it answers nothing until that is mended; others go on.</summary>
public sealed class StreamQuarantinedException(StoredEvent stored, string why, Exception? inner = null)
    : Exception($"Stream {stored.Stream} is quarantined: event {stored.Version} ({stored.Type}): {why}.", inner);
