using System.Xml.Linq;
using CustomerService.Storage.Keys;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace CustomerService.WebFront.VisitorSessions;

/// <summary>The framework's key ring in the product's database, so that tokens survive a restart and count on every
/// front of a cluster.</summary>
public sealed class StoredKeys(IKeyStore keys) : IXmlRepository
{
    /// <inheritdoc/>
    public IReadOnlyCollection<XElement> GetAllElements() => [.. keys.All().Select(XElement.Parse)];

    /// <inheritdoc/>
    public void StoreElement(XElement element, string friendlyName)
    {
        ArgumentNullException.ThrowIfNull(element);
        keys.Add(friendlyName, element.ToString(SaveOptions.DisableFormatting));
    }
}
