"""The codes that only a node and its command line say: each once, with its meaning.

The rules are those of `protocol.codes`, where the codes stand that the protocol says too.
"""

from typing import Final

from protocol.codes import state

PROBLEM_TYPES: Final = "https://w3id.org/freehold/problems#"  # before a code: its type (RFC 9457 §3.1.1)

ACCEPTANCE_BINDS: Final = state(
    "acceptance-binds", "An acceptance binds until its date and cannot be revoked before."
)
ACCT_MISMATCH: Final = state("acct-mismatch", "The actor that the host names goes by another handle.")
ACCT_OWN: Final = state("acct-own", "The account is on this node: there is nobody else to look up.")
ACTIVITY_MISSING: Final = state("activity-missing", "The journal has no activity to send at this place.")
ACTIVITY_SHAPE: Final = state(
    "activity-shape", "An activity has one id, one type and one actor, each a string."
)
ACTOR_STALE: Final = state("actor-stale", "What is known of the actor is too old to be believed.")
ADDRESS_REFUSED: Final = state("address-refused", "The address leads to no place this node connects to.")
AGREEMENT_EXISTS: Final = state("agreement-exists", "There is an agreement with this address already.")
AGREEMENT_NOT_CONCLUDED: Final = state(
    "agreement-not-concluded", "The agreement is not in force: nothing can be granted under it."
)
ALREADY_ACCEPTED: Final = state("already-accepted", "This offer has been accepted already. Nothing sent.")
ALREADY_AGREED: Final = state("already-agreed", "This intention already has its agreement.")
ALREADY_CLAIMED: Final = state("already-claimed", "This node has been claimed already.")
ALREADY_CONFIRMED: Final = state("already-confirmed", "You have confirmed this agreement already.")
ALREADY_EXPIRED: Final = state("already-expired", "It would have ended already: give a later time.")
ALREADY_FOLLOWING: Final = state("already-following", "You follow this peer already, or have asked to.")
AMBIGUOUS_ID: Final = state("ambiguous-id", "Several ids start so; give more characters.")
ANSWER_MALFORMED: Final = state("answer-malformed", "The other server does not answer in HTTP.")
ASKER_GONE: Final = state("asker-gone", "Who asked for the second signature has left the team.")
ATTACK_BROKEN_OFF: Final = state("attack-broken-off", "The attacks broke off before they were through.")
AUDIENCE_FIXED: Final = state(
    "audience-fixed", "Whom an intention was told to cannot change: cast a new one."
)
BASIS_CHANGED: Final = state(
    "basis-changed", "The price list or the stock has changed since it was asked for."
)
BLOCKED: Final = state("blocked", "This is not taken here.")
BROKEN_BODY: Final = state("broken-body", "The body is not framed as announced.")
BUDGET_SPENT: Final = state("budget-spent", "Too much was asked of the other server in a short time.")
BUSY: Final = state("busy", "This node is receiving as much as it can hold.")
CANNOT_START: Final = state("cannot-start", "The node cannot start here; its sentence says what to change.")
CHANNELS_FULL: Final = state(
    "channels-full", "You are told at as many addresses as can be kept: remove one first."
)
CONNECTION_REFUSED: Final = state("connection-refused", "The other server takes no connection.")
CONTENT_ENCODING: Final = state("content-encoding", "Bodies must not be compressed.")
COSIGN_ENDED: Final = state("cosign-ended", "This waits for no second signature any more.")
COSIGN_FULL: Final = state(
    "cosign-full", "Too much waits for a second signature: sign or decline some of it."
)
COSIGN_LIMIT: Final = state("cosign-limit", "A limit is an amount of nothing or more, in one currency.")
CREDENTIALS_WRONG: Final = state("credentials-wrong", "That does not open anything here.")
CRM_ADAPTER: Final = state("crm-adapter", "There is no kind of CRM of this name.")
CRM_ADDRESS: Final = state("crm-address", "The address, an option or the key of the CRM cannot be used.")
CRM_BUSY: Final = state(
    "crm-busy", "Another look at the CRM is under way: it ends within minutes, then try again."
)
CRM_CONNECTED: Final = state("crm-connected", "A CRM is connected already: disconnect it first.")
CRM_INCOMPLETE: Final = state("crm-incomplete", "The quotation in the CRM lacks what an offer needs.")
CRM_MAPPING: Final = state("crm-mapping", "The mapping of the CRM's fields cannot be used.")
CRM_MISSING: Final = state("crm-missing", "No CRM is connected.")
CRM_NO_CHOICE: Final = state("crm-no-choice", "There are no two values to choose from.")
CRM_OVER: Final = state("crm-over", "The negotiation of this quotation is over: write a new one.")
CRM_UNREACHABLE: Final = state("crm-unreachable", "The CRM does not answer, or does not let us in.")
CRM_UNSIGNED: Final = state(
    "crm-unsigned", "Only what both sides have signed is an order: this was put back in the CRM."
)
DATABASE_BUSY: Final = state("database-busy", "Another program is writing to the database file.")
DATABASE_DAMAGED: Final = state("database-damaged", "The database of this node is damaged.")
DATED_AHEAD: Final = state(
    "dated-ahead", "It is dated later than it is here: the clock of one side is wrong."
)
DEADLINE_PASSED: Final = state("deadline-passed", "The deadline lies in the past: give a later one.")
DELIVERY_UNSUPPORTED: Final = state(
    "delivery-unsupported",
    "This node takes grants by which it reads, and none by which it would be sent something.",
)
DIGEST_REQUIRED: Final = state("digest-required", "What makes evidence names the digest of what it answers.")
DISCONNECTED: Final = state("disconnected", "The other server closed the connection.")
DOCUMENT_TOO_LARGE: Final = state("document-too-large", "The peer's document is over the limit on size.")
DRAINING: Final = state("draining", "The node is stopping and takes no more requests.")
ENCODING_REFUSED: Final = state(
    "encoding-refused", "The other server compresses what was asked for as it is."
)
FEE_CURRENCY: Final = state(
    "fee-currency", "The price changes its currency, and the fee for leaving stays the number that it was."
)
FIELD_NOT_GRANTED: Final = state("field-not-granted", "The answer has a field that the grant does not name.")
FOREIGN_ID: Final = state("foreign-id", "The activity's id is not under the origin of its actor.")
FORM_FOREIGN: Final = state(
    "form-foreign", "This form was not sent from a page of this sign-in. Nothing was done."
)
GONE: Final = state("gone", "The other server says that the document was removed.")
GRANT_OVER: Final = state("grant-over", "The grant is over: revoked, replaced, used up or past its end.")
HISTORY_CHANGED: Final = state(
    "history-changed", "This node was restored: what was remembered is of another history."
)
HTTP_417: Final = state("http-417", "The request expects something that this node does not do.")
ID_REUSED: Final = state("id-reused", "An activity with this id and other content was received before.")
IDEMPOTENCY_CONFLICT: Final = state(
    "idempotency-conflict", "The Idempotency-Key was used for another request."
)
IDEMPOTENCY_KEY: Final = state("idempotency-key", "An Idempotency-Key has 1 to 200 printable characters.")
INTENTION_AWARDED: Final = state(
    "intention-awarded", "Another offer for this intention was accepted. Nothing sent."
)
INTENTION_CLOSED: Final = state("intention-closed", "This intention takes no more offers.")
INTENTION_PAUSED: Final = state("intention-paused", "This intention takes no offers for now.")
INTERNAL: Final = state("internal", "The node could not do this because of a defect of its own.")
INVALID_PARAMETER: Final = state("invalid-parameter", "A parameter is not of its form.")
INVALID_SHAPE: Final = state(
    "invalid-shape", "The body is not of the shape that the description of this API gives."
)
JOURNAL_BROKEN: Final = state("journal-broken", "The chain of an actor's journal does not hold.")
KEY_HELD: Final = state(
    "key-held", "The key is new here: the owner has to confirm that it is the sender's. Come back later."
)
KEY_NOT_HELD: Final = state("key-not-held", "No such key of this peer waits to be confirmed.")
KEY_REFUSED: Final = state("key-refused", "The owner does not take this key for the sender's.")
KEY_RETIRED: Final = state("key-retired", "The key that this has to be signed with has been retired.")
LAST_WAY_IN: Final = state("last-way-in", "Nothing else lets you in: add another way before.")
LEFT_ALREADY: Final = state("left-already", "Nothing can be undone: it has left, or nothing was accepted.")
LINK_INVALID: Final = state(
    "link-invalid", "This link signs in no more: it has been used, or its ten minutes are over."
)
LIST_EMPTY: Final = state(
    "list-empty", "This list has no items: it would take all that you have off your list."
)
LIST_REPLACED: Final = state(
    "list-replaced", "A newer price list has begun. Nothing more of this one is taken."
)
LOOP_FAILING: Final = state("loop-failing", "A part of the node fails again and again; its log says why.")
MAIL_ADDRESS: Final = state("mail-address", "This is no mail address that can be written to from here.")
MAIL_PASSWORD: Final = state("mail-password", "User and password come together, and go nowhere unencrypted.")
MAIL_SERVER: Final = state(
    "mail-server", "A mail server has a name, a port up to 65535, and tls, starttls or none."
)
MALFORMED_AUDIENCE: Final = state(
    "malformed-audience", "The audience is a list of addresses, or followers, or public."
)
MALFORMED_PAUSE: Final = state(
    "malformed-pause", 'Write a pause as {"until": …}, or as {} until further notice.'
)
MALFORMED_PREVIEW: Final = state("malformed-preview", "Pass the preview's id and published.")
MALFORMED_QUANTITY: Final = state("malformed-quantity", 'Write a quantity as {"value": "1", "unit": "one"}.')
MALFORMED_RINGS: Final = state(
    "malformed-rings", 'Write rings as {"category": …, "region": …, "open": […], "budget": …}.'
)
MALFORMED_WINDOW: Final = state("malformed-window", "A window is not a start and an end.")
MEDIA_TYPE: Final = state("media-type", "The body is of a type this does not take.")
MEDIA_TYPE_REFUSED: Final = state("media-type-refused", "The other server answers with another media type.")
MESSAGE_EXISTS: Final = state("message-exists", "There is a message with this address already.")
METHOD_NOT_ALLOWED: Final = state("method-not-allowed", "This address does not take this method.")
MISSING_AUDIENCE: Final = state(
    "missing-audience", "Say whom to tell: businesses by address, followers, or public."
)
MISSING_CONTEXT: Final = state(
    "missing-context", "What belongs to a negotiation or an agreement does not name it."
)
NAME_INVALID: Final = state("name-invalid", "A name has 1 to 200 printable characters.")
NAME_UNKNOWN: Final = state("name-unknown", "The name of the other server leads nowhere.")
NEGOTIATION_EXISTS: Final = state("negotiation-exists", "This negotiation has begun already.")
NO_AGREEMENT: Final = state("no-agreement", "There is no agreement here yet.")
NO_ALTERNATIVE: Final = state(
    "no-alternative", "An offer is an alternative to another of yours to the same intention that stands."
)
NO_CALENDAR: Final = state("no-calendar", "Your dates are at no address: there is no calendar of yours.")
NO_CATALOGUE: Final = state(
    "no-catalogue", "The attacks are kept with the source, and this installation is without it."
)
NO_COUNTER: Final = state("no-counter", "The other side has not asked for other terms.")
NO_EVIDENCE: Final = state("no-evidence", "There is no agreement to prove.")
NO_KEY: Final = state("no-key", "This actor has no key to sign with: its data folder is not complete.")
NO_SERVER_ACTOR: Final = state(
    "no-server-actor", "This node has no server actor: start it once with `freehold up`."
)
NO_TERMS: Final = state("no-terms", "The agreement says nothing about data: nothing is granted under it.")
NO_WITHDRAWAL: Final = state(
    "no-withdrawal", "There is no time, or none any more, to change one's mind about this agreement."
)
NODE_ACCESS_LOCKED: Final = state(
    "node-access-locked", "The pages are locked: only a link from the terminal lets you in."
)
NODE_GONE: Final = state("node-gone", "The node that was started has stopped answering.")
NODE_LOCKED: Final = state("node-locked", "A node is running in this data folder.")
NOT_A_LINK: Final = state("not-a-link", "A link is not a place and its hash.")
NOT_A_NODE: Final = state("not-a-node", "What answers there does not speak like a Freehold node.")
NOT_ADDRESSED: Final = state("not-addressed", "The activity is not addressed to this actor.")
NOT_BLOCKED: Final = state("not-blocked", "This peer is not blocked.")
NOT_CONFIRMED: Final = state("not-confirmed", "Nothing was done.")
NOT_ERASABLE: Final = state("not-erasable", "Other things are made of these bytes.")
NOT_FOR_ATTACKS: Final = state(
    "not-for-attacks", "Only a development node on this machine may be attacked, and this one is not."
)
NOT_FOUND: Final = state("not-found", "There is nothing here for you.")
NOT_HTTP: Final = state("not-http", "The request is not valid HTTP.")
NOT_IN_FORCE: Final = state("not-in-force", "Only an agreement in force can be confirmed or amended.")
NOT_PUBLISHABLE: Final = state("not-publishable", "This member of the profile cannot be published so.")
NOT_WRITTEN: Final = state("not-written", "A file cannot be written.")
NOT_YOUR_AGREEMENT: Final = state("not-your-agreement", "This agreement is with somebody else.")
NOT_YOUR_MOVE: Final = state("not-your-move", "Only the other side of this negotiation may do this.")
NOT_YOUR_NEGOTIATION: Final = state("not-your-negotiation", "This negotiation is with somebody else.")
NOT_YOUR_NODE: Final = state(
    "not-your-node", "The node in this folder belongs to another user of this machine."
)
NOT_YOURS: Final = state("not-yours", "This is somebody else's.")
NOTHING_ASKED: Final = state(
    "nothing-asked", "The counter asks for what is offered already: accept it instead."
)
NOTHING_GRANTED: Final = state("nothing-granted", "Nothing was named that could be granted for this purpose.")
NOTHING_WITHHELD: Final = state(
    "nothing-withheld", "There is no more of this intention that can be signed for."
)
NOTICE_SETTINGS: Final = state(
    "notice-settings", "There is no such time zone, time of day, kind or language."
)
NOTICE_TOO_SHORT: Final = state("notice-too-short", "The terms do not allow the agreement to end so early.")
NTFY_TOKEN: Final = state("ntfy-token", "A token is one word of printable ASCII.")
NTFY_TOPIC: Final = state(
    "ntfy-topic", "A topic has letters, digits, - and _, its server an address with https."
)
OFFER_CHANGED: Final = state(
    "offer-changed", "The offer has changed since you looked at it. Look again before you accept."
)
OPENING_MOVE: Final = state("opening-move", "The first offer of a negotiation cannot be taken back this way.")
OTHER_RELEASE: Final = state("other-release", "The node is of another release than the command.")
OUT_OF_STOCK: Final = state("out-of-stock", "Not enough of this item is left.")
OWN_INTENTION: Final = state("own-intention", "This is your own intention: others make offers to it.")
OWNER_ALONE: Final = state("owner-alone", "Only the owner may do this.")
OWNER_STAYS: Final = state("owner-stays", "The owner is a person of the team who cannot be removed.")
PASSKEY_KNOWN: Final = state("passkey-known", "This passkey has been added already.")
PASSKEY_REFUSED: Final = state(
    "passkey-refused", "This passkey does not open anything here, or took too long: try once more."
)
PASSWORD_WEAK: Final = state("password-weak", "This is too easily guessed for a password.")
PAUSE_OVER: Final = state("pause-over", "The pause would be over already: give a later time, or none.")
PEER_BLOCKED: Final = state("peer-blocked", "You have blocked this peer: unblock it before you deal with it.")
PERSON_KNOWN: Final = state("person-known", "Somebody of the team is called so already.")
PERSON_UNKNOWN: Final = state("person-unknown", "A second signature is given by a person of the team.")
PREVIEW_OLD: Final = state("preview-old", "This preview is too old: look at a new one before you cast.")
PREVIEW_USED: Final = state("preview-used", "This preview was cast already.")
PRICE_LIST_FORMAT: Final = state("price-list-format", "The price list is of a format that is not taken.")
PRICE_LIST_INVALID: Final = state(
    "price-list-invalid",
    "The price list has lines that cannot be read; `errors` has a sentence for each mistake.",
)
PRICE_LIST_TOO_LARGE: Final = state("price-list-too-large", "The price list is over a limit on size.")
PROFILE_CHANGED: Final = state(
    "profile-changed", "The profile was changed at the same time. Look at it, try again."
)
PROFILE_INVALID: Final = state("profile-invalid", "The profile is not plain schema.org.")
QUOTA_SPENT: Final = state("quota-spent", "This node keeps no more of what you send for now.")
READ_REFUSED: Final = state(
    "read-refused", "The customer's node shows nothing under this grant, and does not say why."
)
RECOVERY_WORDS: Final = state("recovery-words", "These are not twelve words of a recovery kit.")
REDIRECT_REFUSED: Final = state("redirect-refused", "The other server redirects where it is not followed.")
REPLAY: Final = state("replay", "The signature was used before.")
RESOURCE: Final = state("resource", "WebFinger needs exactly one resource.")
RINGS_FIXED: Final = state(
    "rings-fixed", "What was told whole cannot be kept back any more: cast a new intention."
)
RULE_INVALID: Final = state("rule-invalid", "A rule of the shop is not of its form.")
SAME_PERSON: Final = state("same-person", "Who asked for a second signature cannot give it.")
SCHEMA_MISMATCH: Final = state("schema-mismatch", "The database is of another version of Freehold.")
SCOPE: Final = state("scope", "The token lacks the scope that this needs.")
SECOND_NEEDED: Final = state(
    "second-needed", "This needs the signature of a second person; nothing was signed."
)
SENDER_UNKNOWN: Final = state("sender-unknown", "The sending actor has no keys on this node.")
SERIAL_NOT_NEW: Final = state(
    "serial-not-new", "The answer counts no further than the one before, and says something else."
)
SETTLED: Final = state("settled", "This was delivered or cancelled already. Nothing sent.")
SIGN_IN: Final = state("sign-in", "Sign in first.")
STALE_ANSWER: Final = state("stale-answer", "This does not answer what stands now.")
STALE_VERSION: Final = state("stale-version", "A version at least as new is known here.")
STARTING: Final = state("starting", "The node is starting and takes no requests yet.")
STATUS_UNEXPECTED: Final = state(
    "status-unexpected", "The other server answers with another status than 200."
)
STEP_UP: Final = state("step-up", "Show first that it is you: with a passkey, or your password.")
STILL_NEEDED: Final = state(
    "still-needed", "Something stands on these bytes, or they are still on their way."
)
STORAGE_UNAVAILABLE: Final = state("storage-unavailable", "The node cannot keep anything right now.")
SUBSCRIPTION_INVALID: Final = state(
    "subscription-invalid", "This is no subscription to push messages that this node can send to."
)
TAKEN_BACK: Final = state("taken-back", "This move was taken back when it was refused. Make a new one.")
TEAM_FULL: Final = state("team-full", "The team has as many people as there can be.")
TERM_BEGAN: Final = state("term-began", "What recurs would have fallen due before: let it begin later.")
TERM_ENDLESS: Final = state(
    "term-endless", "It would bind for more than a hundred years, and could not be left before."
)
TERM_OVER: Final = state("term-over", "The agreement would have ended already.")
TERM_SETTINGS: Final = state("term-settings", "A setting of terms has none of the values that it may have.")
TERM_SETTINGS_CHANGED: Final = state(
    "term-settings-changed", "What is set about terms was changed meanwhile. Read it again."
)
TERMS_FOR_A_PERSON: Final = state(
    "terms-for-a-person", "These terms about data are for a person to agree to, and for no rule."
)
TERMS_NOT_UNDERSTOOD: Final = state(
    "terms-not-understood",
    "The other side's software does not say that it understands terms about data: leave them out, or, once it"
    " was updated, look the other side up (`freehold fed lookup`) and try again.",
)
TERMS_REFUSED: Final = state(
    "terms-refused", "These terms have something in them that their reader takes from nobody."
)
TERMS_REQUIRED: Final = state("terms-required", "Nothing is taken here that says nothing about data.")
TERMS_TEMPLATE: Final = state(
    "terms-template", "A template of terms has a policy, and no amount that hangs on a currency."
)
TERMS_TOO_WIDE: Final = state("terms-too-wide", "These terms ask for more than is allowed.")
TIMEOUT: Final = state("timeout", "The other server did not answer in time.")
TLS_REFUSED: Final = state("tls-refused", "The other server has no valid certificate for its name.")
TOKEN: Final = state("token", "This needs a valid token.")
TOKEN_IN_THE_CLEAR: Final = state(
    "token-in-the-clear", "A token must not travel over plain http to another machine."
)
TOKEN_MISSING: Final = state(
    "token-missing", "A node is reached at its address with a token, and none was given."
)
TOO_MANY_GRANTS: Final = state("too-many-grants", "As many grants are active under this agreement as may be.")
TOO_MANY_INTENTIONS: Final = state("too-many-intentions", "Too many of your intentions are open here.")
TOO_MANY_MESSAGES: Final = state("too-many-messages", "This negotiation has reached its limit of messages.")
TOO_MANY_NOTICES: Final = state(
    "too-many-notices", "This party has given notice of the agreement as often as it may."
)
TOO_MANY_OFFERS: Final = state("too-many-offers", "Too many of your offers are open here.")
TOO_MANY_REQUESTS: Final = state("too-many-requests", "Too many requests come from this address.")
TOO_MANY_ROUNDS: Final = state("too-many-rounds", "This negotiation has reached its limit of offers.")
TOO_MANY_STREAMS: Final = state("too-many-streams", "This token holds as many event streams open as it may.")
TOO_MANY_TRIES: Final = state("too-many-tries", "Somebody has tried to get in too often.")
TOO_MANY_UNDERTAKINGS: Final = state(
    "too-many-undertakings", "As many have signed for more of this intention as may."
)
TOO_SLOW: Final = state("too-slow", "The body took too long to arrive.")
TRAY_EVENT: Final = state(
    "tray-event", "This is no CloudEvent of version 1.0 whose data is a row, or has rows."
)
TRAY_FULL: Final = state("tray-full", "The sender has as many rows in the tray as it may: 10,000.")
TRAY_ROW: Final = state(
    "tray-row", "A row has a kind, an external_id and fields, within 8 KB; a request has 1 to 500 of them."
)
TRAY_SENDER: Final = state("tray-sender", "A sender has a name of 1 to 100 printable characters.")
TRAY_SENDERS_FULL: Final = state("tray-senders-full", "There are as many senders as there may be: 20.")
TRAY_TWICE: Final = state("tray-twice", "A row stands twice in what was handed in.")
TRIED_JUST_NOW: Final = state("tried-just-now", "This was tried a moment ago: wait ten seconds.")
UNAUTHENTICATED: Final = state("unauthenticated", "The request is not signed in a way this node can verify.")
UNCLAIMED: Final = state("unclaimed", "This node belongs to nobody yet: it has to be claimed first.")
UNDERTAKES_NEVER: Final = state(
    "undertakes-never", "You have set that nobody signs for more of an intention."
)
UNKNOWN_ACTOR: Final = state("unknown-actor", "No actor of this node has that handle.")
UNKNOWN_AGREEMENT: Final = state("unknown-agreement", "There is no such agreement here.")
UNKNOWN_CHOICE: Final = state("unknown-choice", "A word is not one of those that its member may have.")
UNKNOWN_CURSOR: Final = state("unknown-cursor", "The cursor does not belong to this list.")
UNKNOWN_FOLLOW: Final = state("unknown-follow", "There is no such follow.")
UNKNOWN_GRANT: Final = state("unknown-grant", "There is no such grant here.")
UNKNOWN_ID: Final = state("unknown-id", "Nothing here has an id that starts so.")
UNKNOWN_INTENTION: Final = state("unknown-intention", "There is no such intention here.")
UNKNOWN_NEGOTIATION: Final = state("unknown-negotiation", "There is no such negotiation here.")
UNKNOWN_OFFER: Final = state("unknown-offer", "There is no such offer here.")
UNKNOWN_PARAMETER: Final = state("unknown-parameter", "A parameter is unknown or given twice.")
UNKNOWN_PAYLOAD: Final = state("unknown-payload", "The journal holds no such bytes.")
UNKNOWN_PEER: Final = state("unknown-peer", "You have not dealt with this peer.")
UNKNOWN_PERSON: Final = state("unknown-person", "Nobody of the team is called so.")
UNKNOWN_STATE: Final = state("unknown-state", "A delivery is queued, delivered, refused, gone or cancelled.")
UNLIKE_SHOWN: Final = state(
    "unlike-shown", "What was shown has changed meanwhile. Look again; nothing was done or sent."
)
UNPROVABLE: Final = state("unprovable", "The signed documents would not prove this agreement.")
UNREACHABLE: Final = state("unreachable", "The node cannot be reached.")
USAGE: Final = state("usage", "The command line cannot be understood; the sentence says why.")
VCARD_INVALID: Final = state("vcard-invalid", "This is not a vCard that can be read.")
WEBHOOK_ADDRESS: Final = state(
    "webhook-address",
    "A webhook goes to https; to this machine or a private network only if its host is named.",
)
WEBHOOK_EVENT: Final = state("webhook-event", "There is no event of this kind.")
WEBHOOK_IDLE: Final = state("webhook-idle", "The webhook is paused or disabled: resume it first.")
WEBHOOK_OVERLAP: Final = state("webhook-overlap", "A secret overlaps with the one before for 7 days at most.")
WEBHOOK_REUSED: Final = state("webhook-reused", "A webhook of this id was taken with another body.")
WEBHOOKS_FULL: Final = state("webhooks-full", "There are as many webhooks as there may be: 20.")
WRONG_AUTHOR: Final = state("wrong-author", "Something is by another than its sender.")
WRONG_HOST: Final = state("wrong-host", "This node is not the host that was asked.")
WRONG_NEGOTIATION: Final = state("wrong-negotiation", "The move belongs to another negotiation than it says.")
WRONG_ORIGIN: Final = state("wrong-origin", "An address is not under the origin of whoever gave it.")
ZONE_UNKNOWN: Final = state(
    "zone-unknown", "There is no time zone of this name; they are those of the IANA database."
)
