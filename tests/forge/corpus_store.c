/* Seeds of a store's folder and of an object store: items, a trail of three rows, bodies, objects,
 * what a server answers, keys. */
#include "corpus.h"
#include "record.h"
#include "s3_object.h"

enum { ITEM, TRAIL, BODY, OBJECT, ERROR, KEYS }; /* as in tests/fuzz/store_fuzz.c */

#define MEASUREMENT "{\"measurements\":[\"00112233445566778899aabbccddeeff\"]}"

static const struct ratls_store_item items[] = {
    {.ref = {.kind = "refval", .tee = "tdx", .name = "web", .version = 3},
     .state = "active",
     .author = "jane \"q\"",
     .not_before = 1,
     .not_after = 1900000000,
     .created = 1750000000,
     .changed = 1750000001},
    {.ref = {.kind = "policy", .tee = "", .name = "default", .version = 1},
     .state = "draft",
     .author = "a"},
};

static bool seed_items(const struct corpus *c)
{
    char name[32];
    bool made = true;

    for (size_t i = 0; i < RT_COUNT(items) && made; i++) {
        struct ratls_store_item item = items[i];
        struct rt_writer w = {0};
        struct ratls_buffer file = {0};
        item.body = ratls_bytes_str(MEASUREMENT);
        rt_entry_put(&w, &item, true);
        rt_put_u8(&w, '\n');
        (void)snprintf(name, sizeof name, "item-%zu", i);
        made = rt_writer_take(&w, &file) == RATLS_OK && seed_for_reader(c, name, ITEM, &file);
    }
    return made;
}

static bool put_row(struct rt_writer *w, struct rt_event *event, uint8_t hash[RT_DIGEST_LEN])
{
    bool made = rt_event_hash(event, hash, event->view.hash) == RATLS_OK;

    memcpy(hash, event->view.hash, RT_DIGEST_LEN);
    rt_event_put(w, event);
    rt_put_u8(w, '\n');
    return made;
}

static bool seed_trail(const struct corpus *c)
{
    struct rt_event add = {.view = {.seq = 1,
                                    .time = 1750000000,
                                    .author = "jane",
                                    .action = "add",
                                    .subject = "refval/tdx/web/3",
                                    .detail = "draft"},
                           .digest = {1, 2, 3},
                           .has_digest = true};
    struct rt_event activate = add, note = add;
    uint8_t hash[RT_DIGEST_LEN] = {0};
    struct rt_writer w = {0};
    struct ratls_buffer file = {0};

    activate.view.seq = 2;
    activate.view.action = "activate";
    activate.view.detail = "active";
    note.view.seq = 3;
    note.view.action = "import_refused";
    note.view.subject = "";
    note.view.detail = "not signed by 'k'";
    note.has_digest = false;
    bool made = put_row(&w, &add, hash) && put_row(&w, &activate, hash) && put_row(&w, &note, hash);
    made = rt_writer_take(&w, &file) == RATLS_OK && made;
    return seed_for_reader(c, "trail", TRAIL, &file) && made;
}

static bool seed_body(const struct corpus *c)
{
    struct ratls_buffer body = {0};

    return rt_dup(ratls_bytes_str("{ \"a\" : [1, -2, true, null, \"\\u00e9\\ud83d\\ude00\\n\\\"\"],"
                                  " \"b\":{} }"),
                  &body) == RATLS_OK &&
           seed_for_reader(c, "body", BODY, &body);
}

/* An empty one, and one of everything. */
static bool seed_objects(const struct corpus *c)
{
    static const uint8_t mark[RT_OBJECT_MARK_LEN] = {1, 2, 3};
    struct rt_event note = {.view = {.seq = 1,
                                     .time = 1750000000,
                                     .author = "jane",
                                     .action = "note",
                                     .subject = "",
                                     .detail = "x"}};
    const uint8_t first[RT_DIGEST_LEN] = {0};
    struct rt_object o = {0};
    struct rt_writer empty = {0}, w = {0};
    struct ratls_buffer file = {0};
    bool made = rt_event_hash(&note, first, note.view.hash) == RATLS_OK;

    rt_object_write(&o, mark, &empty);
    made = made && rt_trail_append(&o.trail, &note) == RATLS_OK;
    for (size_t i = 0; i < RT_COUNT(items) && made; i++) {
        struct ratls_store_item item = items[i];
        item.body = ratls_bytes_str(MEASUREMENT);
        made = rt_object_put(&o, &item) == RATLS_OK;
    }
    rt_object_write(&o, mark, &w);
    rt_object_free(&o);
    made = rt_writer_take(&empty, &file) == RATLS_OK && made;
    made = seed_for_reader(c, "object-empty", OBJECT, &file) && made;
    made = rt_writer_take(&w, &file) == RATLS_OK && made;
    return seed_for_reader(c, "object", OBJECT, &file) && made;
}

static bool seed_texts(const struct corpus *c)
{
    static const struct {
        const char *name;
        int reader;
        const char *text;
    } texts[] = {
        {"error", ERROR,
         "<?xml version=\"1.0\" "
         "encoding=\"UTF-8\"?><Error><Code>NoSuchKey</Code><Message></Message>"
         "<BucketName>ratls</BucketName></Error>"},
        {"keys", KEYS,
         "{\"region\": \"us-east-1\", \"access_key\": \"AK\", \"secret_key\": \"s+/=\","
         " \"ca_file\": \"/etc/ca.pem\"}\n"},
    };
    struct ratls_buffer file = {0};
    bool made = true;

    for (size_t i = 0; i < RT_COUNT(texts) && made; i++)
        made = rt_dup(ratls_bytes_str(texts[i].text), &file) == RATLS_OK &&
               seed_for_reader(c, texts[i].name, (uint8_t)texts[i].reader, &file);
    return made;
}

bool corpus_store(const struct corpus *c)
{
    return seed_items(c) && seed_trail(c) && seed_body(c) && seed_objects(c) && seed_texts(c);
}
