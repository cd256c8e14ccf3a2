"""Which parts of Google's Person are read and written, and under which names: the mapper's tables.

One fixed mask is used for every read, because `person.etag` depends on the mask it was read with. Only the
CONTACT source is read, so that a linked profile's data never mixes in.
"""

from collections.abc import Mapping
from types import MappingProxyType

OWN_KEY = "crmsync"
"""The `clientData` key under which a contact carries the id of its CRM record. Alone it is how contacts were
marked at first, and says not whose record that is; see `named_key`.
"""


def named_key(owner: str) -> str:
    """The `clientData` key of one installation and user. owner: a digest of both.

    A host may number its records, so that the bare id is another's too: of another user, or of staging beside
    production, with the same Google account.
    """
    return f"{OWN_KEY}-{owner}"


CONTACT_SOURCE = "READ_SOURCE_TYPE_CONTACT"

LIST_LIMIT = 100
"""A listing cuts these fields to so many values; only a direct read has all of them."""

CUT_FIELDS = ("emailAddresses", "phoneNumbers")
"""The fields that a listing cuts."""

PERSON_FIELD: Mapping[str, str] = MappingProxyType(
    {
        "given_name": "names",
        "middle_name": "names",
        "family_name": "names",
        "prefix": "names",
        "suffix": "names",
        "nickname": "nicknames",
        "organization": "organizations",
        "job_title": "organizations",
        "emails": "emailAddresses",
        "phones": "phoneNumbers",
        "addresses": "addresses",
        "urls": "urls",
        "birthday": "birthdays",
        "notes": "biographies",
    }
)
"""Field of our contact -> the Person field that holds it. Google replaces a Person field only as a whole."""

PERSON_FIELDS = tuple(dict.fromkeys(PERSON_FIELD.values()))
"""The Person fields that are written and read as ours."""

READ_MASK = ",".join([*PERSON_FIELDS, "clientData", "memberships", "metadata", "photos"])
"""`personFields` and `readMask` of every call."""

PERSON_SHAPE = (
    "resourceName,etag,metadata(sources(type,id,etag,updateTime),deleted,previousResourceNames),"
    "names(givenName,middleName,familyName,honorificPrefix,honorificSuffix,unstructuredName,phoneticFullName,"
    "phoneticGivenName,phoneticMiddleName,phoneticFamilyName,phoneticHonorificPrefix,phoneticHonorificSuffix),"
    "nicknames(value,type,metadata/primary),"
    "organizations(name,title,type,startDate,endDate,current,phoneticName,department,jobDescription,symbol,"
    "domain,location,costCenter,fullTimeEquivalentMillipercent,metadata/primary),"
    "emailAddresses(value,type,displayName),phoneNumbers(value,type),urls(value,type),"
    "addresses(type,streetAddress,extendedAddress,city,region,postalCode,country,countryCode,poBox,formattedValue),"
    "birthdays(date,text),biographies(value,contentType),clientData(key,value),"
    "memberships/contactGroupMembership/contactGroupId,photos(url,default)"
)
"""The `fields` parameter of one Person: everything writable below the mask, nothing that Google derives."""

NAME_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "given_name": "givenName",
        "middle_name": "middleName",
        "family_name": "familyName",
        "prefix": "honorificPrefix",
        "suffix": "honorificSuffix",
    }
)
ADDRESS_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "street": "streetAddress",
        "extended": "extendedAddress",
        "city": "city",
        "region": "region",
        "postal_code": "postalCode",
        "country": "country",
        "type": "type",
    }
)
