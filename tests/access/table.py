# ruff: noqa: E501  a table is read across
"""What every address answers to every role, by method.

Under /v1/ and /api/ each role asks with a key of its own (`out` with none) and sends the body of BODIES.

Status by role: 200 shown, 302 led elsewhere (`in`: to sign-in), 401 no key, 403 not for that role,
404 not there for that person, 405 wrong method, 410 over, 422 refused with a reason. A method that
has no line for an address is refused (test_methods.py).
"""

ROLES = ["admin", "agency", "agency2", "partner", "holding", "other", "out"]

# agency holds every permission, agency2 none; the objects belong to partner and to agency; holding
# is a colleague of partner who was given every permission, and gets but what partners can hold.
TABLE = """
name                          method path                                    admin agency agency2 partner holding other out
home                          GET    /                                       200   200    200     200     200     200   in
postback                      GET    /postback                               403   403    403     403     403     403   403
postback                      POST   /postback                               403   403    403     403     403     403   403
postback                      DELETE /postback                               405   405    405     405     405     405   405

conversions:list              GET    /v2/conversions                         200   200    200     200     200     200   in
conversions:list              POST   /v2/conversions?act=reset_columns       302   302    302     302     302     302   in
conversions:detail            GET    /v2/conversion/{conversion}             200   200    200     200     200     404   in
conversions:detail            POST   /v2/conversion/{conversion}             405   405    405     405     405     405   in
conversions:upload            GET    /v2/conversions/upload                  200   200    403     403     403     403   in
conversions:upload            POST   /v2/conversions/upload                  422   422    403     403     403     403   in
conversions:upload_amounts    GET    /v2/conversions/upload/amounts          200   200    403     403     403     403   in
conversions:upload_amounts    POST   /v2/conversions/upload/amounts          422   422    403     403     403     403   in
conversions:upload_locks      GET    /v2/conversions/upload/locks            200   200    403     403     403     403   in
conversions:upload_locks      POST   /v2/conversions/upload/locks?act=lock   422   422    403     403     403     403   in
conversions:example           GET    /v2/conversions/upload/{example}.csv    200   200    403     403     403     403   in
conversions:select            GET    /v2/conversions/select                  405   405    403     403     403     403   in
conversions:select            POST   /v2/conversions/select?ids={conversion}&status=approved 200 200 403 403 403     403 in
conversions:lock              GET    /v2/conversions/lock                    405   405    403     403     403     403   in
conversions:lock              POST   /v2/conversions/lock?ids={conversion}&act=lock 200 200 403 403 403          403 in
conversions:postback_log      GET    /v2/offer/{offer}/postbacks             200   200    200     403     403     403   in

conversions:partner_postbacks:list   GET  /v2/postbacks                      200   200    403     403     200     403   in
conversions:partner_postbacks:create GET  /v2/postbacks/new                  200   200    403     403     200     403   in
conversions:partner_postbacks:create POST /v2/postbacks/new                  422   422    403     403     422     403   in
conversions:partner_postbacks:detail GET  /v2/postbacks/{postback}           200   200    403     403     200     403   in
conversions:partner_postbacks:change GET  /v2/postbacks/{postback}/edit      200   200    403     403     200     403   in
conversions:partner_postbacks:change POST /v2/postbacks/{postback}/edit      422   422    403     403     422     403   in
conversions:partner_postbacks:delete GET  /v2/postbacks/{postback}/delete    200   200    403     403     200     403   in
conversions:partner_postbacks:delete POST /v2/postbacks/{postback}/delete    302   302    403     403     302     403   in
conversions:partner_postbacks:act    GET  /v2/postbacks/{postback}/test      405   405    403     403     405     403   in
conversions:partner_postbacks:act    POST /v2/postbacks/{postback}/test      302   302    403     403     302     403   in
conversions:partner_postbacks:act    POST /v2/postbacks/{postback}/off       302   302    403     403     302     403   in
conversions:partner_postbacks:act    POST /v2/postbacks/{postback}/on        302   302    403     403     302     403   in
conversions:partner_postbacks:resend POST /v2/postbacks/{postback}/events/{event}/resend 302 302 403 403 302          403   in
conversions:partner_postbacks:resend_all POST /v2/postbacks/{postback}/resend/failed 302 302 403   403     302     403   in
conversions:partner_postbacks:detail GET  /v2/postbacks/{others}             200   200    403     403     404     403   in
conversions:partner_postbacks:change GET  /v2/postbacks/{others}/edit        200   200    403     403     404     403   in
conversions:partner_postbacks:change POST /v2/postbacks/{others}/edit             422     422     403     403     404     403     in
conversions:partner_postbacks:delete GET  /v2/postbacks/{others}/delete           200     200     403     403     404     403     in
conversions:partner_postbacks:delete POST /v2/postbacks/{others}/delete      302   302    403     403     404     403   in
conversions:partner_postbacks:act    POST /v2/postbacks/{others}/test        302   302    403     403     404     403   in
conversions:partner_postbacks:resend POST /v2/postbacks/{others}/events/{event}/resend 404 404 403 403 404            403   in
conversions:partner_postbacks:resend_all POST /v2/postbacks/{others}/resend/stopped 302 302 403   403     404     403   in

requests:list                 GET    /v2/conversion-requests                 200   200    200     200     200     200   in
requests:list                 POST   /v2/conversion-requests?act=reset_columns 302 302    302     302     302     302   in
requests:detail               GET    /v2/conversion-requests/{request}       200   200    200     200     200     404   in
requests:detail               POST   /v2/conversion-requests/{request}       405   405    405     405     405     405   in
requests:accept               GET    /v2/conversion-requests/{request}/accept 405  405    405     405     405     405   in
requests:accept               POST   /v2/conversion-requests/{request}/accept?version=1 302 302 403 403   403     404   in
requests:accept               POST   /v2/conversion-requests/{request}/accept?version=9 422 422 403 403   403     404   in
requests:retry                POST   /v2/conversion-requests/{request}/retry?version=1 422 422 403  403   403     404   in
requests:withdraw             POST   /v2/conversion-requests/{request}/withdraw?version=1 403 403 403 403 403     404   in
requests:reject               GET    /v2/conversion-requests/{request}/reject 200  200    403     403     403     404   in
requests:reject               POST   /v2/conversion-requests/{request}/reject?version=1&text=No 302 302 403 403 403  404   in
requests:reject               POST   /v2/conversion-requests/{request}/reject?version=1 422 422 403 403   403     404   in
requests:reopen               GET    /v2/conversion-requests/{request}/reopen 200  200    403     403     403     404   in
requests:reopen               POST   /v2/conversion-requests/{request}/reopen?version=1&text=No 422 422 403 403 403  404   in
requests:new_create           GET    /v2/conversion-requests/new             200   200    403     403     200     403   in
requests:new_create           POST   /v2/conversion-requests/new             422   422    403     403     422     403   in
requests:change               GET    /v2/conversion-requests/change          200   200    403     403     200     403   in
requests:change               POST   /v2/conversion-requests/change?conversion={conversion} 302 302 403 403 302   403   in
requests:new_change           GET    /v2/conversion-requests/change/{conversion} 200 200 403  403     200     403   in
requests:new_change           POST   /v2/conversion-requests/change/{conversion} 422 422 403  403     422     403   in
requests:edit                 GET    /v2/conversion-requests/{request}/edit  403   403    403     403     403     404   in
requests:edit                 POST   /v2/conversion-requests/{request}/edit  403   403    403     403     403     404   in
requests:comment              GET    /v2/conversion-requests/{request}/comments 405 405   405     405     405     405   in
requests:comment              POST   /v2/conversion-requests/{request}/comments?text=Yes 302 302 403 403  302     404   in
requests:comment              POST   /v2/conversion-requests/{request}/comments?text=Yes&internal=on 302 302 403 403 403 404 in
requests:attachment           GET    /v2/conversion-requests/{request}/files/{file} 200 200 200   200     200     404   in
requests:attachment           GET    /v2/conversion-requests/{request}/files/{internal_file} 200 200 200 404 404   404   in
requests:attachment           POST   /v2/conversion-requests/{request}/files/{file} 405 405 405   405     405     405   in
requests:import               GET    /v2/conversion-requests/import          200   200    403     403     200     403   in
requests:import               POST   /v2/conversion-requests/import          422   422    403     403     422     403   in
requests:import_template      GET    /v2/conversion-requests/import/template.xlsx 200 200 403     403     200     403   in
requests:import_template      GET    /v2/conversion-requests/import/template.csv 200 200  403     403     200     403   in
requests:import_template      POST   /v2/conversion-requests/import/template.csv 405 405  403     403     405     403   in
requests:export               GET    /v2/conversion-requests/export?format=csv 200 200    200     200     200     200   in
requests:export               POST   /v2/conversion-requests/export          405   405    405     405     405     405   in
requests:export_conversions   GET    /v2/conversion-requests/export/conversions?format=csv 200 200 403 403 200    403   in
requests:export_conversions   POST   /v2/conversion-requests/export/conversions 405 405   403     403     405     403   in
requests:decide_selected      GET    /v2/conversion-requests/decide          405   405    403     403     403     403   in
requests:decide_selected      POST   /v2/conversion-requests/decide?ids={request}&move=accept 200 200 403 403 403    403   in
requests:decide_selected      POST   /v2/conversion-requests/decide?ids={request}&move=edit 404 404 403 403 403      403   in

network:offers                GET    /v2/offers                              200   200    200     403     403     403   in
network:offer                 GET    /v2/offer/{offer}                       200   200    200     403     403     403   in
network:offer                 POST   /v2/offer/{offer}                       405   405    405     403     403     403   in
network:partners              GET    /v2/partners                            200   200    200     403     403     403   in
network:partner               GET    /v2/partner/{partner}                   200   200    200     403     403     403   in
network:advertisers           GET    /v2/advertisers                         200   200    200     403     403     403   in
network:advertiser            GET    /v2/advertiser/{advertiser}             200   200    200     403     403     403   in
network:campaigns             GET    /v2/campaigns                           200   200    200     403     403     403   in
network:campaign              GET    /v2/campaign/{campaign}                 200   200    200     403     403     403   in

jobs:list                     GET    /v2/jobs                                200   200    200     200     200     200   in
jobs:detail                   GET    /v2/jobs/{job}                          200   200    200     404     404     404   in
jobs:modal                    GET    /v2/jobs/{job}/modal                    200   200    200     404     404     404   in
jobs:rows                     GET    /v2/jobs/{job}/rows?bucket=ready        200   200    200     404     404     404   in
jobs:rows                     POST   /v2/jobs/{job}/rows?bucket=ready        200   200    200     404     404     404   in
jobs:download                 GET    /v2/jobs/{job}/rows.csv                 200   200    200     404     404     404   in
jobs:output                   GET    /v2/jobs/{job}/output                   404   404    404     404     404     404   in
jobs:act                      GET    /v2/jobs/{job}/confirm                  405   405    405     405     405     405   in
jobs:act                      POST   /v2/jobs/{job}/confirm                  200   200    403     404     404     404   in
jobs:act                      POST   /v2/jobs/{job}/cancel                   200   200    403     404     404     404   in
jobs:act                      POST   /v2/jobs/{job}/resume                   422   422    403     404     404     404   in
jobs:act                      POST   /v2/jobs/{job}/undo                     422   422    403     404     404     404   in

audit:list                    GET    /v2/audit                               200   200    403     403     403     403   in

ui:bell                       GET    /ui/bell                                200   200    200     200     200     200   in
ui:bell_count                 GET    /ui/bell/count                          200   200    200     200     200     200   204
ui:account                    GET    /account/                               200   200    200     200     200     200   in
ui:email                      GET    /accounts/email/                        200   200    200     200     200     200   in
ui:account                    POST   /account/                                200   200   200   200   200   200   in
ui:account                    POST   /account/?full_name=X&time_zone=UTC      302   302   302   302   302   302   in
ui:email                      POST   /accounts/email/                         302   302   302   302   302   302   in
ui:email                      POST   /accounts/email/?action_add=1&email=a@b.test 302   302   302   302   302   302   in
accounts:keys                 GET    /account/keys                           302   302    302     302     302     302   302
accounts:open_invitation      GET    /invitation/unknown                     302   302    302     302     302     302   302
accounts:accept_invitation    GET    /invitation/                            410   410    410     410     410     410   410
accounts:accept_invitation    POST   /invitation/                            410   410    410     410     410     410   410

http_api:page                 GET    /v2/api                                 200   200    403     403     200     403   in
http_api:page                 POST   /v2/api                                 422   422    403     403     422     403   in
http_api:revoke_key           GET    /v2/api/keys/{key}/revoke               405   405    403     403     405     403   in
http_api:revoke_key           POST   /v2/api/keys/{key}/revoke               404   302    403     403     404     403   in

v1:api-root                   GET    /v1/                                    404   404    404     404     404     404   404
v1:openapi-json               GET    /v1/openapi.json                        200   200    200     200     200     200   200
v1:openapi-view               GET    /v1/docs                                200   200    200     200     200     200   200
v1:me                         GET    /v1/me                                  200   200    200     200     200     200   401
v1:job                        GET    /v1/jobs/{job}                          200   200    200     404     404     404   401
v1:job_rows                   GET    /v1/jobs/{job}/rows                     200   200    200     404     404     404   401
v1:statuses                   PATCH  /v1/networks/reporting/conversions      200   200    403     403     403     403   401
v1:transaction                PATCH  /v1/networks/reporting/conversions/T-1  200   200    403     403     403     403   401
v1:transaction                PATCH  /v1/networks/reporting/conversions/{uuid}     404 404 403    403     403     403   401
v1:transaction                PATCH  /v1/networks/reporting/conversions/a/b-1/%2F 404 404 403    403     403     403   401
v1:transaction                PATCH  /v1/networks/reporting/conversions/summary 404 404  403     403     403     403   401
v1:transaction                PATCH  /v1/networks/reporting/conversions/export 404  404  403     403     403     403   401
v1:payoutrevenue              PUT    /v1/networks/reporting/conversions/{uuid}/payoutrevenue 200 200 403 403 403 403    401
v1:payoutrevenue              PATCH  /v1/networks/reporting/conversions/{uuid}/payoutrevenue 200 200 403 403 403 403    401
v1:saleamount                 PUT    /v1/networks/reporting/conversions/{uuid}/saleamount 200 200 403 403 403    403    401
v1:saleamount                 PATCH  /v1/networks/reporting/conversions/{uuid}/saleamount 200 200 403 403 403    403    401
v1:notes                      PUT    /v1/networks/reporting/conversions/{uuid}/notes 200 200 403 403    403     403    401
v1:add_conversions            POST   /v1/networks/conversions/reporting      200   200    403     403     403     403   401
v1:conversions                POST   /v1/networks/reporting/conversions      200   200    200     403     403     403   401
v1:conversion                 GET    /v1/networks/reporting/conversions/{uuid} 200   200    200     403     403     403   401
v1:conversions_history        GET    /v1/networks/reporting/conversions/{uuid}/history 200   200    200     403     403     403   401
v1:conversions_summary        POST   /v1/networks/reporting/conversions/summary 200   200    200     403     403     403   401
v1:conversions_export         POST   /v1/networks/reporting/conversions/export 200   200    200     403     403     403   401
v1:own_conversions            POST   /v1/affiliates/reporting/conversions    403   403    403     200     200     200   401
v1:own_conversion             GET    /v1/affiliates/reporting/conversions/{uuid} 403   403    403     200     200     404   401
v1:own_history                GET    /v1/affiliates/reporting/conversions/{uuid}/history 403   403    403     200     200     404   401
v1:own_summary                POST   /v1/affiliates/reporting/conversions/summary 403   403    403     200     200     200   401
v1:own_export                 POST   /v1/affiliates/reporting/conversions/export 403   403    403     200     200     200   401
v1:offers                     GET    /v1/networks/offers                     200   200    200     403     403     403   401
v1:offer                      GET    /v1/networks/offers/{offer}             200   200    200     403     403     403   401
v1:conversion_requests        GET    /v1/conversion-requests                 200   200    200     200     200     200   401
v1:conversion_requests        POST   /v1/conversion-requests                 201   201    403     403     201     404   401
v1:conversion_request         GET    /v1/conversion-requests/{request}       200   200    200     200     200     404   401
v1:accept_conversion_request  POST   /v1/conversion-requests/{request}/accept 200  200    403     403     403     404   401
v1:reject_conversion_request  POST   /v1/conversion-requests/{request}/reject 200  200    403     403     403     404   401
v1:comment_conversion_request POST   /v1/conversion-requests/{request}/comments 201 201   403     403     201     404   401
v1:timezones                  GET    /v1/meta/timezones                      200   200    200     200     200     200   200

v4:api-root                   GET    /api/                                        404   404   404   404   404   404   404
v4:openapi-json               GET    /api/v4/openapi.json                         200   200   200   200   200   200   200
v4:openapi-view               GET    /api/v4/docs                                 200   200   200   200   200   200   200
v4:login                      POST   /api/login                                   400   400   400   400   400   400   400
v4:refresh_token              POST   /api/token/refresh                           400   400   400   400   400   400   400
v4:bring_leads                POST   /api/v4/leads                                201   201   403   201   201   404   401
v4:bring_form                 POST   /api/v4/publisher/{partner}/campaign/{campaign}/leads 201   201   403   201   201   404   401
v4:leads                      GET    /api/v4/leads                                200   200   403   403   403   403   401
v4:lead                       GET    /api/v4/leads/{lead}                         200   200   403   403   403   403   401
v4:is_lead_delivered          POST   /api/v4/is-lead-delivered                    200   200   403   403   403   403   401
v4:leads_bulk_flag            POST   /api/v4/leads-bulk-flag                      202   202   403   403   403   403   401
v4:leads_bulk_deliver         POST   /api/v4/leads-bulk-deliver                   400   202   403   403   403   403   401
v4:leads_bulk_undeliver       POST   /api/v4/leads-bulk-undeliver                 400   202   403   403   403   403   401
v4:leads_bulk_metadata        POST   /api/v4/leads-bulk-metadata                  202   202   403   403   403   403   401
v4:leads_bulk_reprocess       POST   /api/v4/leads-bulk-reprocess                 202   202   403   403   403   403   401
v4:leads_bulk_delete          POST   /api/v4/leads-bulk-delete                    400   202   403   403   403   403   401
v4:global_leads_export        POST   /api/v4/global-leads-export                  202   202   403   403   403   403   401
v4:lead_flag_reasons          GET    /api/v4/lead-flag-reasons                    200   200   403   403   403   403   401
v4:lead_flag_reason_categories GET    /api/v4/lead-flag-reason-categories          200   200   403   403   403   403   401
v4:lead_flag_reason_categories POST   /api/v4/lead-flag-reason-categories          201   403   403   403   403   403   401
v4:batch_manager              GET    /api/v4/batch-manager                        200   200   403   403   403   403   401
v4:batch_manager_leads        GET    /api/v4/batch-manager/{integration}/leads    200   200   403   403   403   403   401
v4:campaign_lead_batches      GET    /api/v4/campaign-lead-batches                200   200   403   403   403   403   401
v4:campaign_lead_batch_leads  GET    /api/v4/campaign-lead-batches/{batch}/leads  200   200   403   403   403   403   401
v4:campaign_lead_batch_download GET  /api/v4/campaign-lead-batches/{batch}/download 404 404   403   403   403   403   401
v4:batch_now                  POST   /api/v4/batch-manager-batch-now              400   200   403   403   403   403   401
v4:job                        GET    /api/v4/jobs/{job}                           200   200   200   403   403   403   401
v4:job_rows                   GET    /api/v4/jobs/{job}/rows                      200   200   200   403   403   403   401
v4:job_output                 GET    /api/v4/jobs/{job}/output                    404   404   404   403   403   403   401

leads:list                    GET    /v2/leads                                200   200    403     403     403     403   in
leads:list                    POST   /v2/leads?act=reset_columns              302   302    403     403     403     403   in
leads:list                    POST   /v2/leads?act=search&text=ada            302   302    403     403     403     403   in
leads:import                  GET    /v2/leads/import                         200   200    403     403     403     403   in
leads:import                  POST   /v2/leads/import                         422   422    403     403     403     403   in
leads:import_file             GET    /v2/leads/import/999999                  404   404    403     403     403     403   in
leads:import_file             POST   /v2/leads/import/999999                  404   404    403     403     403     403   in
leads:export                  GET    /v2/leads/export                         200   200    403     403     403     403   in
leads:export                  POST   /v2/leads/export?act=csv&columns=id      200   200    403     403     403     403   in
leads:detail                  GET    /v2/lead/{lead}                          200   200    403     403     403     403   in
leads:detail                  POST   /v2/lead/{lead}                          405   405    403     403     403     403   in
leads:edit                    GET    /v2/lead/{lead}/edit                     200   200    403     403     403     403   in
leads:edit                    POST   /v2/lead/{lead}/edit?version=9           422   422    403     403     403     403   in
leads:setup                   GET    /v2/campaign/{campaign}/leads-setup      200   200    403     403     403     403   in
leads:setup                   POST   /v2/campaign/{campaign}/leads-setup      405   405    403     403     403     403   in
leads:setup_try               POST   /v2/campaign/{campaign}/leads-setup/try?lead=a:b 200 200 403 403   403     403   in
leads:setup_try               GET    /v2/campaign/{campaign}/leads-setup/try  405   405    403     403     403     403   in
leads:setup_add_field         GET    /v2/campaign/{campaign}/leads-setup/add/field 200 200 403 403      403     403   in
leads:setup_add_field         POST   /v2/campaign/{campaign}/leads-setup/add/field 422 422 403 403      403     403   in
leads:setup_add_rule          GET    /v2/campaign/{campaign}/leads-setup/add/job/required 200 200 403 403 403   403   in
leads:setup_add_rule          POST   /v2/campaign/{campaign}/leads-setup/add/job/required 422 422 403 403 403   403   in
leads:setup_change            GET    /v2/campaign/{campaign}/leads-setup/field/{lead_field} 200 200 403 403 403 403   in
leads:setup_change            POST   /v2/campaign/{campaign}/leads-setup/field/{lead_field} 422 422 403 403 403 403   in
leads:setup_remove            GET    /v2/campaign/{campaign}/leads-setup/field/{lead_field}/remove 200 200 403 403 403 403 in
leads:setup_remove            POST   /v2/campaign/{campaign}/leads-setup/field/{lead_field}/remove 302 302 403 403 403 403 in
leads:setup_act               GET    /v2/campaign/{campaign}/leads-setup/field/{lead_field}/up 405 405 403 403 403 403 in
leads:setup_act               POST   /v2/campaign/{campaign}/leads-setup/field/{lead_field}/up 302 302 403 403 403 403 in

leads:manage                  GET    /v2/leads/manage                         302   302    403     403     403     403   in
leads:manage                  POST   /v2/leads/manage                         302   302    403     403     403     403   in
leads:manage_leads            GET    /v2/leads/manage/{draft}/leads           404   200    403     403     403     403   in
leads:manage_leads            POST   /v2/leads/manage/{draft}/leads           404   422    403     403     403     403   in
leads:manage_chosen           GET    /v2/leads/manage/{draft}/leads/found     404   200    403     403     403     403   in
leads:manage_copy             GET    /v2/leads/manage/{draft}/leads/found.txt 404   200    403     403     403     403   in
leads:manage_drop             POST   /v2/leads/manage/{draft}/drop?what=all   404   302    403     403     403     403   in
leads:manage_drop             GET    /v2/leads/manage/{draft}/drop            404   405    403     403     403     403   in
leads:manage_type             GET    /v2/leads/manage/{draft}/type            404   302    403     403     403     403   in
leads:manage_type             POST   /v2/leads/manage/{draft}/type            404   302    403     403     403     403   in
leads:manage_processing       GET    /v2/leads/manage/{draft}/processing      404   302    403     403     403     403   in
leads:manage_processing       POST   /v2/leads/manage/{draft}/processing      404   409    403     403     403     403   in
leads:manage_typed            POST   /v2/leads/manage/{draft}/typed           404   204    403     403     403     403   in
leads:manage_discard          POST   /v2/leads/manage/{draft}/discard         404   302    403     403     403     403   in

batches:pending                GET  /v2/system/campaign-lead-batch/pending-batch 200 200 403 403 403 403 in
batches:pending                POST /v2/system/campaign-lead-batch/pending-batch?act=reset_columns 302 302 403 403 403 403 in
batches:create                 GET  /v2/system/campaign-lead-batch/pending-batch/new 200 200 403 403 403 403 in
batches:create                 GET  /v2/system/campaign-lead-batch/pending-batch/new?campaign={campaign} 200 200 403 403 403 403 in
batches:create                 POST /v2/system/campaign-lead-batch/pending-batch/new 200 200 403 403 403 403 in
batches:create_part            POST /v2/system/campaign-lead-batch/pending-batch/new/runs 404 404 403 403 403 403 in
batches:create_part            GET  /v2/system/campaign-lead-batch/pending-batch/new/runs 405 405 403 403 403 403 in
batches:pending_leads          GET  /v2/system/campaign-lead-batch/pending-batch/{integration} 200 200 403 403 403 403 in
batches:pending_leads          POST /v2/system/campaign-lead-batch/pending-batch/{integration} 405 405 403 403 403 403 in
batches:calls                  GET  /v2/system/campaign-lead-batch/pending-batch/{integration}/calls 404 404 403 403 403 403 in
batches:remove                 POST /v2/system/campaign-lead-batch/pending-batch/{integration}/remove?ids={lead}&reason=No 302 302 403 403 403 403 in
batches:remove                 GET  /v2/system/campaign-lead-batch/pending-batch/{integration}/remove 405 405 403 403 403 403 in
batches:put_back               POST /v2/system/campaign-lead-batch/pending-batch/{integration}/put-back?ids={lead} 302 302 403 403 403 403 in
batches:put_back               GET  /v2/system/campaign-lead-batch/pending-batch/{integration}/put-back 405 405 403 403 403 403 in
batches:batch_now              GET  /v2/system/campaign-lead-batch/pending-batch/{integration}/batch-now 200 200 403 403 403 403 in
batches:batch_now              POST /v2/system/campaign-lead-batch/pending-batch/{integration}/batch-now 422 422 403 403 403 403 in
batches:configure              GET  /v2/system/campaign-lead-batch/pending-batch/{integration}/configure 200 200 403 403 403 403 in
batches:configure              POST /v2/system/campaign-lead-batch/pending-batch/{integration}/configure 422 422 403 403 403 403 in
batches:configure_part         POST /v2/system/campaign-lead-batch/pending-batch/{integration}/configure/runs 200 200 403 403 403 403 in
batches:configure_part         POST /v2/system/campaign-lead-batch/pending-batch/{integration}/configure/preview 200 200 403 403 403 403 in
batches:configure_part         POST /v2/system/campaign-lead-batch/pending-batch/{integration}/configure/test 200 200 403 403 403 403 in
batches:configure_part         POST /v2/system/campaign-lead-batch/pending-batch/{integration}/configure/secrets 404 404 403 403 403 403 in
batches:configure_part         GET  /v2/system/campaign-lead-batch/pending-batch/{integration}/configure/test 405 405 403 403 403 403 in
batches:act                    POST /v2/system/campaign-lead-batch/pending-batch/{integration}/act/on 302 302 403 403 403 403 in
batches:act                    POST /v2/system/campaign-lead-batch/pending-batch/{integration}/act/skip 302 302 403 403 403 403 in
batches:act                    POST /v2/system/campaign-lead-batch/pending-batch/{integration}/act/hold 302 302 403 403 403 403 in
batches:act                    POST /v2/system/campaign-lead-batch/pending-batch/{integration}/act/forget-host-key 302 302 403 403 403 403 in
batches:act                    GET  /v2/system/campaign-lead-batch/pending-batch/{integration}/act/on 405 405 403 403 403 403 in
batches:sent                   GET  /v2/system/campaign-lead-batch/sent-batches 200 200 403 403 403 403 in
batches:sent                   POST /v2/system/campaign-lead-batch/sent-batches?act=reset_columns 302 302 403 403 403 403 in
batches:batch                  GET  /v2/system/campaign-lead-batch/sent-batches/{batch} 200 200 403 403 403 403 in
batches:batch                  POST /v2/system/campaign-lead-batch/sent-batches/{batch} 405 405 403 403 403 403 in
batches:batch_leads            GET  /v2/system/campaign-lead-batch/sent-batches/{batch}/leads 200 200 403 403 403 403 in
batches:batch_leads            POST /v2/system/campaign-lead-batch/sent-batches/{batch}/leads 405 405 403 403 403 403 in
batches:download               GET  /v2/system/campaign-lead-batch/sent-batches/{batch}/download 404 404 403 403 403 403 in
batches:download               POST /v2/system/campaign-lead-batch/sent-batches/{batch}/download 405 405 403 403 403 403 in
batches:batch_act              GET  /v2/system/campaign-lead-batch/sent-batches/{batch}/act/resend 200 200 403 403 403 403 in
batches:batch_act              GET  /v2/system/campaign-lead-batch/sent-batches/{batch}/act/mark-sent 200 200 403 403 403 403 in
batches:batch_act              GET  /v2/system/campaign-lead-batch/sent-batches/{batch}/act/cancel 200 200 403 403 403 403 in
batches:batch_act              POST /v2/system/campaign-lead-batch/sent-batches/{batch}/act/resend 422 422 403 403 403 403 in
batches:batch_act              POST /v2/system/campaign-lead-batch/sent-batches/{batch}/act/mark-sent 422 422 403 403 403 403 in
batches:batch_act              POST /v2/system/campaign-lead-batch/sent-batches/{batch}/act/cancel 302 302 403 403 403 403 in
batches:credentials            GET  /v2/system/campaign-lead-batch/credentials 200 403 403 403 403 403 in
batches:credentials            POST /v2/system/campaign-lead-batch/credentials 405 405 403 403 403 403 in
batches:add_credential         GET  /v2/system/campaign-lead-batch/credentials/new/password 200 403 403 403 403 403 in
batches:add_credential         POST /v2/system/campaign-lead-batch/credentials/new/password 422 403 403 403 403 403 in
batches:replace_credential     GET  /v2/system/campaign-lead-batch/credentials/{credential} 200 403 403 403 403 403 in
batches:replace_credential     POST /v2/system/campaign-lead-batch/credentials/{credential} 422 403 403 403 403 403 in
batches:delete_credential      GET  /v2/system/campaign-lead-batch/credentials/{credential}/delete 200 403 403 403 403 403 in
batches:delete_credential      POST /v2/system/campaign-lead-batch/credentials/{credential}/delete 302 403 403 403 403 403 in

account_login                 GET    /accounts/login/                        302   302    302     302     302     302   200
account_logout                GET    /accounts/logout/                       200   200    200     200     200     200   302
account_inactive              GET    /accounts/inactive/                     200   200    200     200     200     200   200
account_signup                GET    /accounts/signup/                       302   302    302     302     302     302   200
account_signup                POST   /accounts/signup/                       302   302    302     302     302     302   200
account_reauthenticate        GET    /accounts/reauthenticate/               200   200    200     200     200     200   in
account_email                 GET    /accounts/email/                        200   200    200     200     200     200   in
account_email_verification_sent GET  /accounts/confirm-email/                200   200    200     200     200     200   200
account_confirm_email         GET    /accounts/confirm-email/unknown/        200   200    200     200     200     200   200
account_change_password       GET    /accounts/password/change/              200   200    200     200     200     200   in
account_set_password          GET    /accounts/password/set/                 302   302    302     302     302     302   in
account_reset_password        GET    /accounts/password/reset/               200   200    200     200     200     200   200
account_reset_password_done   GET    /accounts/password/reset/done/          200   200    200     200     200     200   200
account_reset_password_from_key GET  /accounts/password/reset/key/1-unknown/ 200   200    200     200     200     200   200
account_reset_password_from_key_done GET /accounts/password/reset/key/done/  200   200    200     200     200     200   200
account_confirm_login_code    GET    /accounts/login/code/confirm/           302   302    302     302     302     302   302
mfa_index                     GET    /accounts/2fa/                          200   200    200     200     200     200   in
mfa_authenticate              GET    /accounts/2fa/authenticate/             302   302    302     302     302     302   302
mfa_reauthenticate            GET    /accounts/2fa/reauthenticate/           302   302    302     302     302     302   in
mfa_activate_totp             GET    /accounts/2fa/totp/activate/            302   302    302     302     302     302   in
mfa_deactivate_totp           GET    /accounts/2fa/totp/deactivate/          404   404    404     404     404     404   in
mfa_view_recovery_codes       GET    /accounts/2fa/recovery-codes/           404   404    404     404     404     404   in
mfa_generate_recovery_codes   GET    /accounts/2fa/recovery-codes/generate/  302   302    302     302     302     302   in
mfa_download_recovery_codes   GET    /accounts/2fa/recovery-codes/download/  404   404    404     404     404     404   in
mfa_list_webauthn             GET    /accounts/2fa/webauthn/                 200   200    200     200     200     200   in
mfa_add_webauthn              GET    /accounts/2fa/webauthn/add/             302   302    302     302     302     302   in
mfa_reauthenticate_webauthn   GET    /accounts/2fa/webauthn/reauthenticate/  302   302    302     302     302     302   in
mfa_remove_webauthn           GET    /accounts/2fa/webauthn/keys/1/remove/   302   302    302     302     302     302   in
mfa_edit_webauthn             GET    /accounts/2fa/webauthn/keys/1/edit/     302   302    302     302     302     302   in
mfa_login_webauthn            GET    /accounts/2fa/webauthn/login/           302   302    302     302     302     302   302

account_login                 POST   /accounts/login/                         302   302   302   302   302   302   200
account_logout                POST   /accounts/logout/                        302   302   302   302   302   302   302
account_reauthenticate        POST   /accounts/reauthenticate/                200   200   200   200   200   200   in
account_email                 POST   /accounts/email/                         302   302   302   302   302   302   in
account_change_password       POST   /accounts/password/change/               200   200   200   200   200   200   in
account_set_password          POST   /accounts/password/set/                  302   302   302   302   302   302   in
account_reset_password        POST   /accounts/password/reset/                200   200   200   200   200   200   200
account_reset_password_from_key POST   /accounts/password/reset/key/1-unknown/  200   200   200   200   200   200   200
account_confirm_login_code    POST   /accounts/login/code/confirm/            302   302   302   302   302   302   302
mfa_authenticate              POST   /accounts/2fa/authenticate/              302   302   302   302   302   302   302
mfa_reauthenticate            POST   /accounts/2fa/reauthenticate/            302   302   302   302   302   302   in
mfa_activate_totp             POST   /accounts/2fa/totp/activate/             302   302   302   302   302   302   in
mfa_generate_recovery_codes   POST   /accounts/2fa/recovery-codes/generate/   302   302   302   302   302   302   in
mfa_add_webauthn              POST   /accounts/2fa/webauthn/add/              302   302   302   302   302   302   in
mfa_reauthenticate_webauthn   POST   /accounts/2fa/webauthn/reauthenticate/   302   302   302   302   302   302   in
mfa_remove_webauthn           POST   /accounts/2fa/webauthn/keys/1/remove/    302   302   302   302   302   302   in
mfa_edit_webauthn             POST   /accounts/2fa/webauthn/keys/1/edit/      302   302   302   302   302   302   in
mfa_login_webauthn            POST   /accounts/2fa/webauthn/login/            302   302   302   302   302   302   302
"""

RANGE = {
    "from": "2026-01-01",
    "to": "2026-12-31",
    "timezone_id": 67,
    "show_conversions": True,
    "show_events": True,
}
# Nobody signs with another's name, an admin neither.
SIGNED_BY_AGENCY = {"leadIds": ["{lead}"], "signature": "Ada Agency", "confirm": True}
# What is sent to /v1/ and /api/, by the address' name; text in braces is replaced as in a path.
BODIES = {
    "v1:statuses": {"conversion_ids": ["{uuid}"], "conversion_status": "approved"},
    "v1:conversions": RANGE,
    "v1:conversions_summary": RANGE,
    "v1:conversions_export": RANGE,
    "v1:own_conversions": RANGE,
    "v1:own_summary": RANGE,
    "v1:own_export": RANGE,
    "v1:transaction": {"conversion_status": "rejected"},
    "v1:payoutrevenue": {"payout": 4.25},
    "v1:saleamount": {"sale_amount": 20},
    "v1:notes": {"notes": "seen"},
    "v1:conversion_requests": {
        "request_type": "CHANGE",
        "conversion_id": "{uuid}",
        "payout": 7,
    },
    "v4:bring_leads": {"campaign": "{campaign}", "publisher": "{partner}", "leadData": {}},
    "v4:is_lead_delivered": {"leadIds": ["{lead}"]},
    "v4:leads_bulk_flag": {"leadIds": ["{lead}"], "flag": "test", "ownReason": "Ours"},
    "v4:leads_bulk_deliver": SIGNED_BY_AGENCY,
    "v4:leads_bulk_undeliver": SIGNED_BY_AGENCY,
    "v4:leads_bulk_delete": SIGNED_BY_AGENCY,
    "v4:leads_bulk_metadata": {"leadIds": ["{lead}"], "otherReasonType": "replacement"},
    "v4:leads_bulk_reprocess": {"leadIds": ["{lead}"], "confirm": True},
    "v4:global_leads_export": {"columns": ["id"]},
    "v4:batch_now": {
        "batchIntegrationId": "{integration}",
        "signature": "Ada Agency",
        "removeLeadIds": ["{lead}"],
    },
    "v4:lead_flag_reason_categories": {"code": "moved-away", "name": "Moved away"},
    "v1:reject_conversion_request": {"reason": "No"},
    "v1:comment_conversion_request": {"text": "Yes"},
    "v1:add_conversions": {
        "offer_id": "{offer}",
        "affiliate_id": "{partner}",
        "timezone_id": 67,
        "is_now": True,
    },
}


def read_table():
    head, *lines = (line.split() for line in TABLE.splitlines() if line.strip())
    assert head[3:] == ROLES
    return [(line[0], line[1], line[2], dict(zip(ROLES, line[3:], strict=True))) for line in lines]


ROWS = read_table()
