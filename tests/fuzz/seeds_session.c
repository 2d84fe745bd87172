/* What a broker says, as rabbitmq-c writes it. */
#include "pipe.h"
#include "seeds.h"

struct talk {
    amqp_connection_state_t amqp;
    struct pipe_socket pipe;
};

static struct talk *talk_begin(uint8_t login)
{
    static struct talk talk;
    talk.amqp = amqp_new_connection();
    talk.pipe.klass = &pipe_class;
    talk.pipe.sent[0] = login;
    talk.pipe.sent[1] = 255;
    talk.pipe.len = 2;
    amqp_set_socket(talk.amqp, (amqp_socket_t *)&talk.pipe);
    return &talk;
}

static void talk_end(struct talk *talk, const char *seed)
{
    seed_put("session_frames", seed, talk->pipe.sent, talk->pipe.len);
    (void)amqp_destroy_connection(talk->amqp);
}

static void say(struct talk *talk, amqp_channel_t channel, amqp_method_number_t id, void *method)
{
    (void)amqp_send_method(talk->amqp, channel, id, method);
}

static void say_content(struct talk *talk, const char *body)
{
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_HEADERS_FLAG,
        .message_id = amqp_literal_bytes("task-1"),
        .type = amqp_literal_bytes("echo"),
    };
    amqp_table_entry_t entry = {.key = amqp_literal_bytes("hf-attempt")};
    entry.value.kind = AMQP_FIELD_KIND_I64;
    entry.value.value.i64 = 2;
    properties.headers = (amqp_table_t){.num_entries = 1, .entries = &entry};
    amqp_frame_t frame = {.frame_type = AMQP_FRAME_HEADER, .channel = 1};
    frame.payload.properties.class_id = AMQP_BASIC_CLASS;
    frame.payload.properties.body_size = strlen(body);
    frame.payload.properties.decoded = &properties;
    (void)amqp_send_frame(talk->amqp, &frame);
    frame = (amqp_frame_t){.frame_type = AMQP_FRAME_BODY, .channel = 1};
    frame.payload.body_fragment = amqp_cstring_bytes(body);
    (void)amqp_send_frame(talk->amqp, &frame);
}

static void talk_of_deliveries(void)
{
    struct talk *talk = talk_begin(0);
    amqp_basic_deliver_t deliver = {.consumer_tag = amqp_literal_bytes("hf.q.tasks.default"),
                                    .delivery_tag = 7,
                                    .exchange = amqp_literal_bytes("hf.tasks"),
                                    .routing_key = amqp_literal_bytes("default")};
    amqp_basic_return_t returned = {.reply_code = 312,
                                    .reply_text = amqp_literal_bytes("NO_ROUTE")};
    amqp_basic_ack_t ack = {.delivery_tag = 1, .multiple = 1};
    say(talk, 1, AMQP_BASIC_DELIVER_METHOD, &deliver);
    say_content(talk, "hello");
    say(talk, 1, AMQP_BASIC_ACK_METHOD, &ack);
    say(talk, 1, AMQP_BASIC_RETURN_METHOD, &returned);
    say_content(talk, "back");
    talk_end(talk, "deliveries");
}

static void talk_of_ends(void)
{
    struct talk *talk = talk_begin(0);
    amqp_connection_blocked_t blocked = {.reason = amqp_literal_bytes("low on memory")};
    amqp_connection_unblocked_t unblocked = {0};
    amqp_basic_cancel_t cancel = {.consumer_tag = amqp_literal_bytes("hf.q.tasks.default")};
    amqp_channel_close_t close_channel = {.reply_code = 404,
                                          .reply_text = amqp_literal_bytes("NOT_FOUND")};
    amqp_connection_close_t close = {.reply_code = 320,
                                     .reply_text = amqp_literal_bytes("CONNECTION_FORCED")};
    say(talk, 0, AMQP_CONNECTION_BLOCKED_METHOD, &blocked);
    say(talk, 0, AMQP_CONNECTION_UNBLOCKED_METHOD, &unblocked);
    say(talk, 1, AMQP_BASIC_CANCEL_METHOD, &cancel);
    say(talk, 2, AMQP_CHANNEL_CLOSE_METHOD, &close_channel);
    say(talk, 0, AMQP_CONNECTION_CLOSE_METHOD, &close);
    talk_end(talk, "ends");
}

static void talk_of_login(void)
{
    struct talk *talk = talk_begin(1);
    amqp_connection_start_t start = {.version_minor = 9,
                                     .mechanisms = amqp_literal_bytes("PLAIN EXTERNAL"),
                                     .locales = amqp_literal_bytes("en_US")};
    amqp_connection_tune_t tune = {.channel_max = 16, .frame_max = 131072, .heartbeat = 10};
    amqp_connection_open_ok_t open = {0};
    amqp_channel_open_ok_t channel = {0};
    amqp_confirm_select_ok_t confirm = {0};
    say(talk, 0, AMQP_CONNECTION_START_METHOD, &start);
    say(talk, 0, AMQP_CONNECTION_TUNE_METHOD, &tune);
    say(talk, 0, AMQP_CONNECTION_OPEN_OK_METHOD, &open);
    for (amqp_channel_t i = 1; i <= 2; i++) {
        say(talk, i, AMQP_CHANNEL_OPEN_OK_METHOD, &channel);
        say(talk, i, AMQP_CONFIRM_SELECT_OK_METHOD, &confirm);
    }
    talk_end(talk, "login");
}

void seed_sessions(void)
{
    talk_of_deliveries();
    talk_of_ends();
    talk_of_login();
}
