using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using CustomerService.Grains.Agents;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Visitors;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace CustomerService.Unit.Tests.Contracts;

/// <summary>Every message between grains and every snapshot survives Orleans' serializer with all its members.</summary>
public class SerializerTests
{
    private static readonly ServiceProvider Services =
        new ServiceCollection().AddSerializer().BuildServiceProvider();

    public static TheoryData<Type> Messages =>
    [
        .. typeof(Actor).Assembly.GetTypes().Concat(typeof(Conversation).Assembly.GetTypes())
            .Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null)
            .Where(type => !type.IsAbstract && !type.IsGenericTypeDefinition)
            .Concat([typeof(Snapshot<Conversation>), typeof(Snapshot<Visitor>), typeof(Snapshot<Agent>)])
            .OrderBy(type => type.ToString(), StringComparer.Ordinal),
    ];

    [Theory, MemberData(nameof(Messages))]
    public void Round_trip_keeps_every_member(Type type)
    {
        var serializer = Services.GetRequiredService<Serializer>();
        var message = Sample(type, depth: 0)!;
        var copy = serializer.Deserialize<object>(serializer.SerializeToArray(message))!;
        Assert.Equal(type, copy.GetType());
        Assert.Equal(Canonical(message, type), Canonical(copy, type));
        Assert.Equal(Canonical(message, type), Canonical(Services.GetRequiredService<DeepCopier>().Copy(message), type));
    }

    [Fact]
    public void Every_message_has_an_alias_and_numbered_members()
    {
        foreach (var type in typeof(Actor).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null))
        {
            Assert.True(type.GetCustomAttributes<AliasAttribute>().Any(), $"{type.Name} has no [Alias].");
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(property => property.SetMethod is not null))
            {
                // A record's parameter that only hands on to its base is numbered there.
                Assert.True(
                    property.GetCustomAttribute<IdAttribute>() is not null, $"{type.Name}.{property.Name} has no [Id].");
            }
        }
    }

    private static string Canonical(object value, Type type) => JsonSerializer.Serialize(value, type);

    /// <summary>A value of the type whose members all differ from their defaults, so that a lost one shows.</summary>
    private static object? Sample(Type type, int depth)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Sample(underlying, depth);
        if (type == typeof(string))
            return "文字 " + depth;
        if (type == typeof(int))
            return 7 + depth;
        if (type == typeof(long))
            return 70_000_000_000L + depth;
        if (type == typeof(bool))
            return true;
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(2026, 1, 5, 9, 0, depth, TimeSpan.Zero);
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>().Last();
        if (type == typeof(ImmutableDictionary<string, string>))
            return ImmutableDictionary<string, string>.Empty.Add("topic", "退款");
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            return ArrayOf(type.GetGenericArguments()[0], depth);
        if (type.IsAbstract)
            type = type.Assembly.GetTypes().First(candidate => candidate.IsSubclassOf(type) && !candidate.IsAbstract);
        if (depth > 4)
            return null;

        var constructor = type.GetConstructors().OrderByDescending(one => one.GetParameters().Length).First();
        var message = constructor.Invoke(
            [.. constructor.GetParameters().Select(parameter => Sample(parameter.ParameterType, depth + 1))]);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is not null && property.GetIndexParameters().Length == 0))
        {
            property.SetValue(message, Sample(property.PropertyType, depth + 1));
        }
        return message;
    }

    private static object ArrayOf(Type element, int depth)
    {
        var items = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        items.Add(Sample(element, depth + 1));
        return typeof(ImmutableArray).GetMethods()
            .Single(method => method.Name == nameof(ImmutableArray.CreateRange) && method.GetParameters() is [var only]
                && only.ParameterType.IsGenericType
                && only.ParameterType.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .MakeGenericMethod(element).Invoke(null, [items])!;
    }
}
