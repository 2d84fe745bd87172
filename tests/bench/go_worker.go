// The same work in Go: an echo of each task's payload, over TLS, one task at a time, the result
// confirmed and then the delivery acked. Runs until it is ended.
//
// usage: go_worker PORT BUNDLE QUEUE BOARD
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"os"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func dial(port, bundle string) *amqp.Connection {
	ca, err := os.ReadFile(bundle + "/ca.pem")
	must(err)
	pair, err := tls.LoadX509KeyPair(bundle+"/cert.pem", bundle+"/key.pem")
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	connection, err := amqp.DialConfig("amqps://127.0.0.1:"+port+"/holdfast", amqp.Config{
		SASL:            []amqp.Authentication{&amqp.ExternalAuth{}},
		Vhost:           "holdfast",
		Heartbeat:       10 * time.Second,
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}},
	})
	must(err)
	return connection
}

// Confirmations come by a Go channel: the deferred ones of amqp091 1.5 wait for ever for one that the
// broker sends before the library has written down that it is to come.
func do(channel *amqp.Channel, confirmed <-chan amqp.Confirmation, board string, task amqp.Delivery) {
	must(channel.PublishWithContext(context.Background(), "hf.results", "result."+board, true, false,
		amqp.Publishing{
			MessageId:     task.MessageId,
			CorrelationId: task.CorrelationId,
			UserId:        board,
			DeliveryMode:  amqp.Persistent,
			Headers: amqp.Table{
				"hf-status": "done", "hf-attempt": int32(1), "hf-exit": int32(0)},
			Body: task.Body,
		}))
	if confirmation, open := <-confirmed; !open || !confirmation.Ack {
		log.Fatal("the result was not confirmed")
	}
	must(task.Ack(false))
}

func main() {
	port, bundle, queue, board := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	channel, err := dial(port, bundle).Channel()
	must(err)
	must(channel.Confirm(false))
	confirmed := channel.NotifyPublish(make(chan amqp.Confirmation, 1))
	must(channel.Qos(1, 0, false))
	tasks, err := channel.Consume(queue, "", false, false, false, false, nil)
	must(err)
	fmt.Println("ready")
	for task := range tasks {
		do(channel, confirmed, board, task)
	}
}
